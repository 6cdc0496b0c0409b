/**
 * A small neural network that learns which of two candidates is faster, from the features of their drafts and the draft's own
 * score. Starts from the draft's order. A failed candidate is slower than any other. Needs TensorFlow.js to fit and nothing to predict.
 */
import type { Draft } from '@loopsmith/contracts';
import { calibrate, draftScore, pairDerivatives, rankedExamples, rankingModel, type Calibration, type Example } from '@loopsmith/cost-ranking';
import { seededRandom, type Json } from '@loopsmith/util';
import { tfjs } from './backend.js';
import { adam, gradientsOf, scoreOf, startWeights, weightNames, type Sizes, type Weights } from './network.js';

const layers = { hidden: 32, narrow: 16 };
/** Steps of learning, examples of each, and opponents of each example. */
const STEPS = 60, ROWS = 64, PAIRS = 8;
/** Of Adam; the rate is that of the first step and falls to a tenth in a straight line. */
const learning = { rate: 0.01, decay: 0.02 };

interface State extends Calibration {
  /** The draft's scale: see `draftScore`. */
  readonly scale: number;
  /** Per input mean and one over the standard deviation; the draft's score is the last input. */
  readonly means: readonly number[];
  readonly spreads: readonly number[];
  readonly weights: Weights;
}

const fit = (examples: readonly Example[]): State => {
  const { drafts, times, least, scale } = rankedExamples(examples), count = drafts.length;
  const raw = drafts.map((draft) => [...draft.features, draftScore(draft.milliseconds, scale)]), sizes: Sizes = { inputs: raw[0]?.length ?? 1, ...layers };
  const columns = Array.from({ length: sizes.inputs }, (_, at) => raw.map((row) => row[at]!));
  const means = columns.map((column) => column.reduce((a, b) => a + b, 0) / Math.max(1, count));
  // an input that never changes says nothing
  const spreads = columns.map((column, at) => {
    const variance = column.reduce((sum, value) => sum + (value - means[at]!) ** 2, 0) / Math.max(1, count);
    return variance > 1e-12 ? 1 / Math.sqrt(variance) : 0;
  });
  const random = seededRandom(count), weights = startWeights(sizes, random), form = { scale, means, spreads, weights };
  weights.straight[sizes.inputs - 1] = 1;
  const inputs = drafts.map((draft) => inputsOf(form, draft));
  if (count >= 4 && Number.isFinite(least)) {
    const tf = tfjs(), learn = adam(weights, learning), size = Math.min(ROWS, count), order = Int32Array.from({ length: count }, (_, i) => i);
    for (let step = 0; step < STEPS; step++) {
      // a part of a shuffle: rows without replacement
      for (let i = 0; i < size; i++) { const j = i + random.below(count - i), held = order[i]!; order[i] = order[j]!; order[j] = held; }
      const chosen = order.subarray(0, size), own = Float64Array.from(chosen, (i) => times[i]!), part = new Float32Array(size * sizes.inputs);
      chosen.forEach((i, at) => part.set(inputs[i]!, at * sizes.inputs));
      const gradients = gradientsOf(tf, weights, sizes, part, (scores) =>
        pairDerivatives(own, least, scores, (bound) => random.below(bound), PAIRS).gradient.reduce((down, value, i) => {
          down[i] = -value / (size * PAIRS);
          return down;
        }, new Float32Array(size)),
      );
      learn(gradients, 1 - (0.9 * step) / STEPS);
    }
  }
  return { ...form, ...calibrate(inputs.map((row) => scoreOf(weights, row)), times) };
};

const inputsOf = ({ scale, means, spreads }: Pick<State, 'scale' | 'means' | 'spreads'>, { features, milliseconds }: Draft): Float32Array => {
  const row = new Float32Array(means.length), last = means.length - 1;
  for (let at = 0; at < last; at++) row[at] = (features[at]! - means[at]!) * spreads[at]!;
  row[last] = (draftScore(milliseconds, scale) - means[last]!) * spreads[last]!;
  return row;
};

const writeState = ({ scale, means, spreads, weights, scores, milliseconds }: State): Json =>
  ({ scale, means, spreads, scores, milliseconds, weights: weightNames.map((name) => [...weights[name]]) });

const readState = (json: Json): State => {
  const { scale, means, spreads, weights, scores, milliseconds } = (json ?? {}) as Record<string, unknown>;
  if (
    typeof scale !== 'number' ||
    ![means, spreads, weights, scores, milliseconds].every(Array.isArray) ||
    (weights as unknown[]).length !== weightNames.length
  )
    throw new Error('the state of the neural cost model is { scale, means, spreads, scores, milliseconds, weights }');
  return {
    scale, means: means as number[], spreads: spreads as number[], scores: scores as number[], milliseconds: milliseconds as number[],
    weights: Object.fromEntries(weightNames.map((name, i) => [name, Float32Array.from((weights as number[][])[i]!)])) as unknown as Weights,
  };
};

export const neural = rankingModel<State>('neural', { fit, write: writeState, read: readState, score: (state, draft) => scoreOf(state.weights, inputsOf(state, draft)) });
