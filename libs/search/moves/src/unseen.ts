/** Random legal points that were not proposed before; goes through the whole space once chance finds no more. Measures nothing. */
import { everyPoint, type Choice, type Point, type Predictor } from '@loopsmith/contracts';
import type { Random } from '@loopsmith/util';
import { pointCount, pointKey, sample } from './moves.js';

/** Beyond this many points a space counts as exhausted when random draws find nothing new. */
const ENUMERABLE = 50_000;
const DRAWS_PER_POINT = 8;

/**
 * Up to `count` points whose prediction is finite and whose keys are not in `seen`; adds their keys to `seen`.
 * Fewer than asked means there are no more (or, in a space too large to go through, that none were found).
 */
export const unseenPoints = (choices: readonly Choice[], count: number, seen: Set<string>, random: Random, predict: Predictor): readonly Point[] => {
  const found: Point[] = [];
  const take = (points: readonly Point[]): void => {
    const fresh = points.filter((point) => !seen.has(pointKey(choices, point)));
    const predicted = predict(fresh);
    fresh.forEach((point, i) => {
      const key = pointKey(choices, point);
      if (found.length >= count || seen.has(key) || !Number.isFinite(predicted[i])) return;
      seen.add(key);
      found.push(point);
    });
  };
  for (let round = 0; round < 4 && found.length < count; round++) {
    take(Array.from({ length: (count - found.length) * DRAWS_PER_POINT }, () => sample(choices, random)));
  }
  if (found.length < count && pointCount(choices) <= ENUMERABLE) take(shuffled([...everyPoint(choices)], random));
  return found;
};

/** Fisher and Yates. */
const shuffled = <T>(list: readonly T[], random: Random): readonly T[] => {
  const items = [...list];
  for (let i = items.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
};
