/**
 * Gradient-boosted trees that learn which of two candidates is faster. The first score is the draft's, as far as it ranks what was
 * measured; trees add what it misses. A failed candidate is slower than any other. Fit and predict use no logarithm and no
 * exponential, so that states are the same bits everywhere.
 */
import type { CostModel, Draft } from '@loopsmith/contracts';
import { calibrate, draftScore, millisecondsAt, pairDerivatives, pairLoss, rankedExamples, type Calibration, type Example } from '@loopsmith/cost-ranking';
import { seededRandom, type Json } from '@loopsmith/util';
import { binFeatures, treeGrower, treeScore, type Tree } from './trees.js';

export interface GbtOptions {
  readonly rounds: number;
  readonly depth: number;
  readonly rate: number;
  readonly lambda: number;
  readonly bins: number;
  /** Opponents of each example in each round. */
  readonly pairs: number;
  /** Whether trees start from the draft's order. */
  readonly draft: boolean;
  /** Share of the features that a tree may use. */
  readonly columns: number;
}
export const gbtDefaults: GbtOptions = { rounds: 80, depth: 4, rate: 0.25, lambda: 1, bins: 32, pairs: 8, draft: true, columns: 0.5 };

interface State extends Calibration {
  /** Weight of the draft's score. */
  readonly base: number;
  readonly scale: number;
  readonly trees: readonly Tree[];
}

export const gbt = (options: Partial<GbtOptions> = {}, id = 'gbt'): CostModel => {
  const settings = { ...gbtDefaults, ...options };
  const read = new WeakMap<object, State>();
  return {
    id,
    fit: (examples) => writeState(fit(examples, settings)),
    predict: (json, drafts) => {
      if (json === null) return Float64Array.from(drafts, ({ milliseconds, refused }) => (refused === null ? milliseconds : Infinity));
      // reading is all that is kept: the same value reads to the same state
      const known = typeof json === 'object' ? read.get(json) : undefined, state = known ?? readState(json);
      if (!known && typeof json === 'object') read.set(json, state);
      return Float64Array.from(drafts, (draft) => (draft.refused === null ? millisecondsAt(state, state.scale, scoreOf(state, draft)) : Infinity));
    },
  };
};

const scoreOf = ({ base, scale, trees }: State, { milliseconds, features }: Draft): number => {
  let score = base * draftScore(milliseconds, scale);
  for (const tree of trees) score += treeScore(tree, features);
  return score;
};

const fit = (examples: readonly Example[], options: GbtOptions): State => {
  const { drafts, times, least, scale } = rankedExamples(examples);
  const bases = Float64Array.from(drafts, ({ milliseconds }) => draftScore(milliseconds, scale));
  const base = (options.draft ? [0, 0.5, 1, 2] : [0])
    .map((weight) => ({
      weight,
      loss: pairLoss(
        times,
        least,
        bases.map((score) => weight * score),
      ),
    }))
    .reduce((best, one) => (one.loss < best.loss ? one : best)).weight;
  const scores = bases.map((score) => base * score);
  const trees: Tree[] = [];
  if (drafts.length >= 4 && Number.isFinite(least)) {
    const data = binFeatures(drafts.map(({ features }) => features), options.bins);
    const random = seededRandom(drafts.length), open = data.cuts.flatMap((cuts, f) => (cuts.length > 0 ? [f] : []));
    const grow = treeGrower(data, { depth: options.depth, lambda: options.lambda, leastWeight: 0.5, rate: options.rate });
    for (let round = 0; round < options.rounds; round++) {
      const { gradient, curvature } = pairDerivatives(times, least, scores, (bound) => random.below(bound), options.pairs);
      const columns = open.filter(() => random.next() < options.columns);
      trees.push(grow(gradient, curvature, columns.length > 0 ? columns : open, scores));
    }
  }
  return { base, scale, trees, ...calibrate(scores, times) };
};

const writeState = ({ base, scale, trees, scores, milliseconds }: State): Json =>
  ({ base, scale, scores, milliseconds, trees: trees.map(({ features, cuts, leaves }) => [[...features], [...cuts], [...leaves]]) });

const readState = (json: Json): State => {
  const { base, scale, scores, milliseconds, trees } = (json ?? {}) as Record<string, unknown>;
  if (typeof base !== 'number' || typeof scale !== 'number' || !Array.isArray(trees) || !Array.isArray(scores) || !Array.isArray(milliseconds))
    throw new Error('the state of the gbt cost model is { base, scale, scores, milliseconds, trees }');
  return {
    base,
    scale,
    scores: scores as number[],
    milliseconds: milliseconds as number[],
    trees: (trees as readonly (readonly [number[], number[], number[]])[]).map(([features, cuts, leaves]) => ({
      features: Int16Array.from(features),
      cuts: Float64Array.from(cuts),
      leaves: Float64Array.from(leaves),
    })),
  };
};
