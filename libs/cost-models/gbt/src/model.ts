/**
 * Gradient-boosted trees that learn which of two candidates is faster. The first score is the draft's, as far as it ranks what was
 * measured; trees add what it misses. A failed candidate is slower than any other. Fit and predict use no logarithm and no
 * exponential, so that states are the same bits everywhere.
 */
import type { Draft } from '@loopsmith/contracts';
import { calibrate, draftScore, pairDerivatives, pairLoss, rankedExamples, rankingModel, type Calibration, type Example } from '@loopsmith/cost-ranking';
import { seededRandom, type Json } from '@loopsmith/util';
import { binFeatures, treeGrower, treeScore, type Tree } from './trees.js';

const ROUNDS = 80, BINS = 32;
const ofTrees = { depth: 4, lambda: 1, leastWeight: 0.5, rate: 0.25 };
/** Opponents of each example in each round. */
const PAIRS = 8;
/** Share of the features that a tree may use. */
const COLUMNS = 0.5;

interface State extends Calibration {
  /** Weight of the draft's score. */
  readonly base: number;
  readonly scale: number;
  readonly trees: readonly Tree[];
}

const scoreOf = ({ base, scale, trees }: State, { milliseconds, features }: Draft): number => {
  let score = base * draftScore(milliseconds, scale);
  for (const tree of trees) score += treeScore(tree, features);
  return score;
};

/** `weights`: what the draft's score may count, of which the best is taken. */
const fit = (examples: readonly Example[], weights: readonly number[]): State => {
  const { drafts, times, least, scale } = rankedExamples(examples);
  const bases = Float64Array.from(drafts, ({ milliseconds }) => draftScore(milliseconds, scale));
  const base = weights
    .map((weight) => ({ weight, loss: pairLoss(times, least, bases.map((score) => weight * score)) }))
    .reduce((best, one) => (one.loss < best.loss ? one : best)).weight;
  const scores = bases.map((score) => base * score);
  const trees: Tree[] = [];
  if (drafts.length >= 4 && Number.isFinite(least)) {
    const data = binFeatures(drafts.map(({ features }) => features), BINS);
    const random = seededRandom(drafts.length), open = data.cuts.flatMap((cuts, f) => (cuts.length > 0 ? [f] : []));
    const grow = treeGrower(data, ofTrees);
    for (let round = 0; round < ROUNDS; round++) {
      const { gradient, curvature } = pairDerivatives(times, least, scores, (bound) => random.below(bound), PAIRS);
      const columns = open.filter(() => random.next() < COLUMNS);
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

const parts = (weights: readonly number[]): Parameters<typeof rankingModel<State>>[1] => (
  { fit: (examples) => fit(examples, weights), write: writeState, read: readState, score: scoreOf });
/** `gbtPlain`: as AutoTVM's model had it, which knew no draft; a baseline of comparisons. */
export const gbt = rankingModel('gbt', parts([0, 0.5, 1, 2])), gbtPlain = rankingModel('gbt-plain', parts([0]));
