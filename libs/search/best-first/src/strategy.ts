/**
 * Best first: all points of the space in the order of the cost model, where others walk about in it. Parts of every batch go
 * where the model may be wrong: to neighbours of what was measured to be fast, to families of schedules that have hardly been
 * tried, to chance. Knows the model only as a function of points.
 */
import { everyPoint, type Point, type Predictor, type SearchStrategy } from '@loopsmith/contracts';
import { neighbours, pointCount, sample, searchMemory } from '@loopsmith/search-moves';
import { familiesOf, familyCounts } from './families.js';

/** Shares of a batch: next to the best measured points, in families that have hardly been tried, at random. The rest is the best predicted. */
const LOCAL_SHARE = 0.5, COVER_SHARE = 0.25, RANDOM_SHARE = 0.0625;
/** Spaces of more points are not gone through but sampled: so many points at random and, in a few rounds, the neighbours of the best predicted. */
const WHOLE = 50_000, SAMPLED = 2000;

/** Measured points whose neighbours are looked at; rounds of climbing in a sampled space and points that climb. */
const LOCAL = 3, CLIMBS = 4, CLIMBERS = 32;

export const bestFirst: SearchStrategy = {
  id: 'best-first',
  start: ({ space, random }) => {
    const { choices } = space, memory = searchMemory(choices), families = familiesOf(choices), counts = familyCounts(families);
    let legal: readonly Point[] | null = null;
    let owed = 0;

    /** Everything that may be proposed and is new. */
    const pool = (predict: Predictor): readonly Point[] => {
      if (pointCount(choices) > WHOLE) return climbed(predict);
      if (legal === null) {
        const all = [...(space.open?.() ?? everyPoint(choices))], costs = predict(all);
        legal = all.filter((_, i) => Number.isFinite(costs[i]));
      }
      return (legal = legal.filter(memory.isNew));
    };
    const climbed = (predict: Predictor): readonly Point[] => {
      const found: Point[] = Array.from({ length: SAMPLED }, () => sample(choices, random));
      let from: readonly Point[] = [...memory.best.slice(0, CLIMBERS).map(({ point }) => point), ...found];
      for (let round = 0; round < CLIMBS; round++) {
        const costs = predict(from),
          next = [...from.keys()]
            .filter((i) => Number.isFinite(costs[i]))
            .sort((i, j) => costs[i]! - costs[j]! || i - j)
            .slice(0, CLIMBERS)
            .flatMap((i) => neighbours(choices, from[i]!));
        found.push(...next);
        from = next;
      }
      return found.filter(memory.isNew);
    };

    return {
      propose: (count, predict) => {
        const points = pool(predict), taken: Point[] = [];
        const take = (from: readonly Point[], most: number): void => { taken.push(...memory.takeBest(from, Math.min(most, count - taken.length), predict)); };
        // shares of small batches add up over batches
        const share = (of: number): number => { owed += of; const now = Math.floor(owed); owed -= now; return now; };
        const covering = Math.round(count * COVER_SHARE), near = Math.round(count * LOCAL_SHARE);
        for (let i = 0; i < covering; i++) {
          const family = counts.owed().find(({ has }) => points.some((point) => has(point) && memory.isNew(point)));
          const before = taken.length;
          if (family) take(points.filter(family.has), 1);
          taken.slice(before).forEach(counts.proposed);
        }
        const covered = taken.length;
        take(memory.best.slice(0, LOCAL).flatMap(({ point }) => neighbours(choices, point)), near);
        const chosen = share(count * RANDOM_SHARE);
        take(points, count - taken.length - chosen);
        taken.push(...memory.takeRandom(count - taken.length, random, predict));
        taken.slice(covered).forEach(counts.proposed);
        return taken;
      },
      observe: memory.observe,
    };
  },
};
