/**
 * Several cost models as one: the mean of their predictions, weighted by how well each ranked examples that were kept from it. Early,
 * when there is little to learn from, that is the draft's scale; later it is the model that learned most. Knows its members as models only.
 */
import type { CostModel, CostModelCombination } from '@loopsmith/contracts';
import { rankCorrelation, type Json } from '@loopsmith/util';

/** Below this many examples with a time every member counts alike. */
const LEAST = 12;
/** What a member counts whose ranking is of no use. */
const FLOOR = 0.05;

type Examples = Parameters<CostModel['fit']>[0];
interface State { readonly weights: readonly number[]; readonly states: readonly Json[] }

const readState = (state: Json, members: number): State => {
  const { weights, states } = (state ?? {}) as { readonly weights?: Json; readonly states?: Json };
  if (!Array.isArray(weights) || !Array.isArray(states) || weights.length !== members)
    throw new Error('the state of the ensemble cost model is { weights, states }, one each per member');
  return { weights: weights as readonly number[], states: states as readonly Json[] };
};

/** Squares of rank correlations on every third example, predicted from the others; they add up to 1. */
const weightsOf = (members: readonly CostModel[], examples: Examples): readonly number[] => {
  const kept = examples.filter(({ milliseconds }, i) => i % 3 === 2 && milliseconds !== null), seen = examples.filter((_, i) => i % 3 !== 2);
  if (3 * kept.length < LEAST) return members.map(() => 1 / members.length);
  const drafts = kept.map(({ draft }) => draft), truth = kept.map(({ milliseconds }) => milliseconds!);
  const worth = members.map((model) => Math.max(FLOOR, rankCorrelation(model.predict(model.fit(seen), drafts), truth)) ** 2);
  const sum = worth.reduce((a, b) => a + b, 0);
  return worth.map((value) => value / sum);
};

export const ensemble: CostModelCombination = {
  id: 'ensemble', members: ['analytical', 'gbt'],
  combine: (members) => ({
    id: 'ensemble',
    fit: (examples) => ({ weights: weightsOf(members, examples), states: members.map((model) => model.fit(examples)) }),
    predict: (json, drafts) => {
      const state = json === null ? null : readState(json, members.length);
      const predicted = members.map((model, i) => model.predict(state ? state.states[i]! : null, drafts));
      return Float64Array.from(drafts, (_, at) => predicted.reduce((sum, values, i) => sum + (state ? state.weights[i]! : 1 / members.length) * values[at]!, 0));
    },
  }),
};
