/** How well a cost model ranks what it has not seen: each batch is predicted by the model it was proposed with. Fits nothing. */
import type { CostModel, ModelReport, Space } from '@loopsmith/contracts';
import { rankCorrelation } from '@loopsmith/util';
import type { Fitted } from './stage.js';

const LEAST = 10;

/** Of a task's batches in order; null with fewer than ten results. */
export const modelReport = (model: CostModel, space: Space, batches: readonly Fitted[]): ModelReport | null => {
  const predicted: number[] = [], found: number[] = [];
  batches.forEach(({ observations }, batch) => {
    const before = batches[batch - 2];
    if (!before) return;
    const right = observations.filter(({ milliseconds }) => milliseconds !== null);
    predicted.push(...model.predict(before.model, right.map(({ point }) => space.draft(point))));
    found.push(...right.map(({ milliseconds }) => milliseconds!));
  });
  return found.length < LEAST ? null : { results: found.length, rankCorrelation: rankCorrelation(predicted, found), topRecall: recallOfFastest(predicted, found) };
};

/** Share of the fastest tenth that is among the tenth predicted fastest. */
export const recallOfFastest = (predicted: readonly number[], found: readonly number[]): number => {
  const count = Math.max(1, Math.floor(found.length / 10));
  const fastest = (values: readonly number[]): ReadonlySet<number> => new Set([...values.keys()].sort((i, j) => values[i]! - values[j]! || i - j).slice(0, count));
  const [top, guessed] = [fastest(found), fastest(predicted)];
  return [...top].filter((i) => guessed.has(i)).length / count;
};
