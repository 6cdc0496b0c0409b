/**
 * What a search remembers: which points are spoken for, and what was measured, fastest first. Takes points out of pools so that
 * none is proposed twice and none that the predictor rules out. Draws nothing by itself.
 */
import { pointKey, type Choice, type Observation, type Point, type Predictor } from '@loopsmith/contracts';
import type { Random } from '@loopsmith/util';
import { unseenPoints } from './unseen.js';

export interface Memory {
  /** Right answers only, fastest first. */
  readonly best: readonly Observation[];
  isNew(point: Point): boolean;
  observe(results: readonly Observation[]): void;
  /** Up to `count` new points whose prediction is finite, in the order of the pool; a lazy pool is read no further than needed. */
  take(pool: Iterable<Point>, count: number, predict: Predictor): readonly Point[];
  /** Up to `count` new points of the pool, best predicted first. */
  takeBest(pool: readonly Point[], count: number, predict: Predictor): readonly Point[];
  /** Up to `count` new points, uniformly; fewer only when there are no more. */
  takeRandom(count: number, random: Random, predict: Predictor): readonly Point[];
}

export const searchMemory = (choices: readonly Choice[]): Memory => {
  const seen = new Set<string>(), unseen = unseenPoints(choices, seen);
  let best: readonly Observation[] = [];
  const isNew = (point: Point): boolean => !seen.has(pointKey(choices, point));
  const mark = (point: Point): Point => { seen.add(pointKey(choices, point)); return point; };
  return {
    get best() { return best; },
    isNew,
    observe: (results) => {
      results.forEach(({ point }) => mark(point));
      best = [...best, ...results.filter(({ milliseconds }) => milliseconds !== null)].sort((a, b) => a.milliseconds! - b.milliseconds!);
    },
    take: (pool, count, predict) => {
      const taken: Point[] = [];
      if (count <= 0) return taken;
      for (const point of pool) {
        if (isNew(point) && Number.isFinite(predict([point])[0])) taken.push(mark(point));
        if (taken.length >= count) break;
      }
      return taken;
    },
    takeBest: (pool, count, predict) => {
      const fresh = pool.filter(isNew), costs = predict(fresh), taken: Point[] = [];
      const order = [...fresh.keys()].filter((i) => Number.isFinite(costs[i])).sort((i, j) => costs[i]! - costs[j]! || i - j);
      // a pool may hold a point twice
      for (const i of order) {
        if (taken.length >= count) break;
        if (isNew(fresh[i]!)) taken.push(mark(fresh[i]!));
      }
      return taken;
    },
    takeRandom: unseen,
  };
};
