/**
 * Coordinate descent from the untuned point, as TVM's Droplet search: the points one move away from the best known, first those
 * that go on in the direction of the last improvement. When all of them are known, those around the second best, and so on.
 * Uses the predictor for legality alone. Droplet's test of significance is left out: finals decide between near ties.
 */
import type { Choice, Point, SearchStrategy } from '@loopsmith/contracts';
import { neighbours, searchMemory } from '@loopsmith/search-moves';

export const droplet: SearchStrategy = {
  id: 'droplet',
  start: ({ space, random }) => {
    const { choices } = space, memory = searchMemory(choices);
    let best: Point = space.untuned(), ahead: readonly Point[] = [best];
    function* around(): Generator<Point> {
      yield* ahead;
      for (const point of [best, ...memory.best.map((one) => one.point)]) yield* neighbours(choices, point);
    }
    return {
      propose: (count, predict) => {
        const points = memory.take(around(), count, predict);
        return [...points, ...memory.takeRandom(count - points.length, random, predict)];
      },
      observe: (results) => {
        memory.observe(results);
        const now = memory.best[0]?.point ?? best;
        ahead = further(choices, best, now);
        best = now;
      },
    };
  },
};

/** The points beyond `to` on the straight way from `from`, one place at a time. */
const further = (choices: readonly Choice[], from: Point, to: Point): readonly Point[] => {
  const points: Point[] = [];
  for (let reach = 1; reach <= 2; reach++) {
    const moved = choices.map(({ name, kind, values }) => {
      const at = values.indexOf(to[name]!), step = Math.sign(at - values.indexOf(from[name]!));
      return [name, (kind === 'ordinal' ? values[at + reach * step] : to[name]) ?? to[name]!] as const;
    });
    points.push(Object.fromEntries(moved));
  }
  return points;
};
