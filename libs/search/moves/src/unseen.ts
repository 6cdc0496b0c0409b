/** Random legal points that were not proposed before; goes through the whole space once chance finds no more. Measures nothing. */
import { everyPoint, pointKey, type Choice, type Point, type Predictor } from '@loopsmith/contracts';
import type { Random } from '@loopsmith/util';
import { pointCount, sample } from './moves.js';

/** Beyond this many points a space counts as exhausted when random draws find nothing new. */
const ENUMERABLE = 50_000;
const DRAWS_PER_POINT = 8;

/**
 * Up to `count` points whose prediction is finite and whose keys are not in `seen`; adds their keys to `seen`.
 * Fewer than asked means there are no more (or, in a space too large to go through, that none were found).
 */
type DrawUnseen = (count: number, random: Random, predict: Predictor) => readonly Point[];

/** One per search: what is illegal stays so, hence a space is gone through at most once. */
export const unseenPoints = (choices: readonly Choice[], seen: Set<string>): DrawUnseen => {
  let rest: Point[] | null = null;
  return (count, random, predict) => {
    const found: Point[] = [];
    const take = (point: Point): void => { seen.add(pointKey(choices, point)); found.push(point); };
    const allowed = (points: readonly Point[]): Point[] => {
      const fresh = points.filter((point) => !seen.has(pointKey(choices, point))), costs = predict(fresh);
      return fresh.filter((_, i) => Number.isFinite(costs[i]));
    };
    for (let round = 0; round < 4 && rest === null && found.length < count; round++) {
      for (const point of allowed(Array.from({ length: (count - found.length) * DRAWS_PER_POINT }, () => sample(choices, random)))) {
        // a point may be drawn twice
        if (found.length < count && !seen.has(pointKey(choices, point))) take(point);
      }
    }
    if (found.length >= count || pointCount(choices) > ENUMERABLE) return found;
    rest = allowed(rest ?? [...everyPoint(choices)]);
    while (rest.length > 0 && found.length < count) {
      const at = random.below(rest.length);
      take(rest[at]!);
      rest[at] = rest.at(-1)!;
      rest.pop();
    }
    return found;
  };
};
