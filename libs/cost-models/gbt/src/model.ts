/**
 * Gradient-boosted trees that learn which of two candidates is faster. The first score is the draft's, as far as it ranks what was
 * measured; trees add what it misses. A failed candidate is slower than any other. Fit and predict use no logarithm and no
 * exponential, so that states are the same bits everywhere.
 */
import type { CostModel, Draft } from '@loopsmith/contracts';
import { seededRandom, type Json } from '@loopsmith/util';
import { binFeatures, growTree, treeScore, type Tree } from './trees.js';

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

type Example = Parameters<CostModel['fit']>[0][number];

/** Of a draft d, relative to `scale`, the median draft: base * -d / (d + scale), which falls as the logarithm does near the median. */
interface State {
  readonly base: number;
  readonly scale: number;
  readonly trees: readonly Tree[];
  /** Milliseconds at some scores, scores rising, milliseconds falling; between them straight lines. */
  readonly scores: readonly number[];
  readonly milliseconds: readonly number[];
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
      return Float64Array.from(drafts, (draft) => (draft.refused === null ? millisecondsAt(state, scoreOf(state, draft)) : Infinity));
    },
  };
};

const baseScore = (milliseconds: number, scale: number): number => -4 * milliseconds / (milliseconds + scale);

const scoreOf = ({ base, scale, trees }: State, { milliseconds, features }: Draft): number => {
  let score = base * baseScore(milliseconds, scale);
  for (const tree of trees) score += treeScore(tree, features);
  return score;
};

const fit = (examples: readonly Example[], options: GbtOptions): State => {
  const rows = examples.filter(({ draft }) => draft.refused === null && Number.isFinite(draft.milliseconds));
  const times = Float64Array.from(rows, ({ milliseconds }) => milliseconds ?? Infinity);
  const scale = middle(rows.map(({ draft }) => draft.milliseconds)) ?? 1;
  const least = times.reduce((a, b) => Math.min(a, b), Infinity);
  const bases = Float64Array.from(rows, ({ draft }) => baseScore(draft.milliseconds, scale));
  const base = (options.draft ? [0, 0.5, 1, 2] : [0]).map((weight) => ({ weight, loss: pairLoss(times, least, bases, weight) })).reduce((best, one) => (one.loss < best.loss ? one : best)).weight;
  const scores = bases.map((score) => base * score);
  const trees: Tree[] = [];
  if (rows.length >= 4 && Number.isFinite(least)) {
    const data = binFeatures(rows.map(({ draft }) => draft.features), options.bins);
    const random = seededRandom(rows.length), open = data.cuts.flatMap((cuts, f) => (cuts.length > 0 ? [f] : []));
    const tree = { depth: options.depth, lambda: options.lambda, leastWeight: 0.5, rate: options.rate };
    for (let round = 0; round < options.rounds; round++) {
      const { gradient, curvature } = pairDerivatives(times, least, scores, (bound) => random.below(bound), options.pairs);
      const columns = open.filter(() => random.next() < options.columns);
      trees.push(growTree(data, gradient, curvature, columns.length > 0 ? columns : open, tree, scores));
    }
  }
  return { base, scale, trees, ...calibration(scores, times) };
};

/** What it matters that b comes behind a: the gap as a share of the slower time, and more the nearer the faster is to the best. */
const pairWeight = (faster: number, slower: number, least: number): number =>
  (slower === Infinity ? 1 : (slower - faster) / slower) * (0.25 + least / faster);

/** First and second derivatives of the sum over pairs of weight * loss(score of faster - score of slower), loss'(d) = -(1 - d / (1 + |d|)) / 2: a logistic loss whose sigmoid is algebraic. */
const pairDerivatives = (times: Float64Array, least: number, scores: Float64Array, below: (bound: number) => number, pairs: number): { gradient: Float64Array; curvature: Float64Array } => {
  const count = times.length, gradient = new Float64Array(count), curvature = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < pairs; k++) {
      const j = below(count);
      if (times[i] === times[j]) continue;
      const [fast, slow] = times[i]! < times[j]! ? [i, j] : [j, i];
      const weight = pairWeight(times[fast]!, times[slow]!, least), d = scores[fast]! - scores[slow]!, slope = 1 / (1 + Math.abs(d));
      const force = weight * 0.5 * (1 - d * slope), bend = weight * 0.5 * slope;
      gradient[fast]! += force;
      gradient[slow]! -= force;
      curvature[fast]! += bend;
      curvature[slow]! += bend;
    }
  }
  return { gradient, curvature };
};

/** How badly the draft's order ranks what was measured: a pair far on the wrong side costs 2, one far on the right side nothing. Over 16 opponents of each example. */
const pairLoss = (times: Float64Array, least: number, bases: Float64Array, weight: number): number => {
  let loss = 0;
  for (let i = 0; i < times.length; i++) {
    for (let step = 1; step <= 16; step++) {
      const j = (i + step * step) % times.length;
      if (times[i] === times[j]) continue;
      const [fast, slow] = times[i]! < times[j]! ? [i, j] : [j, i];
      const d = weight * (bases[fast]! - bases[slow]!);
      loss += pairWeight(times[fast]!, times[slow]!, least) * (1 - d / (1 + Math.abs(d)));
    }
  }
  return loss;
};

/** Mean milliseconds of eight groups of equal size along the score, made to fall strictly. */
const calibration = (scores: Float64Array, times: Float64Array): Pick<State, 'scores' | 'milliseconds'> => {
  const order = [...scores.keys()].filter((i) => times[i] !== Infinity).sort((i, j) => scores[i]! - scores[j]! || i - j);
  const groups = Math.min(8, order.length), at: number[] = [], milliseconds: number[] = [];
  for (let group = groups - 1; group >= 0; group--) {
    const members = order.slice(Math.floor((group * order.length) / groups), Math.floor(((group + 1) * order.length) / groups));
    const score = members.reduce((sum, i) => sum + scores[i]!, 0) / members.length;
    const mean = members.reduce((sum, i) => sum + times[i]!, 0) / members.length;
    if (at.length > 0 && score >= at[0]! - 1e-9) continue;
    at.unshift(score);
    milliseconds.unshift(Math.max(mean, (milliseconds[0] ?? 0) * 1.001));
  }
  return { scores: at, milliseconds };
};

const millisecondsAt = ({ scores, milliseconds, scale }: State, score: number): number => {
  const last = scores.length - 1;
  // nothing was measured with success: only the order counts
  if (last < 0) return score >= 0 ? scale / (1 + score) : scale * (1 - score);
  if (score <= scores[0]!) return milliseconds[0]! * (1 + 0.25 * (scores[0]! - score));
  if (score >= scores[last]!) return milliseconds[last]! / (1 + 0.25 * (score - scores[last]!));
  let at = 0;
  while (score > scores[at + 1]!) at++;
  const share = (score - scores[at]!) / (scores[at + 1]! - scores[at]!);
  return milliseconds[at]! + share * (milliseconds[at + 1]! - milliseconds[at]!);
};

const middle = (values: readonly number[]): number | undefined => [...values].sort((a, b) => a - b)[values.length >> 1];

const writeState = ({ base, scale, trees, scores, milliseconds }: State): Json =>
  ({ base, scale, scores, milliseconds, trees: trees.map(({ features, cuts, leaves }) => [[...features], [...cuts], [...leaves]]) });

const readState = (json: Json): State => {
  const { base, scale, scores, milliseconds, trees } = (json ?? {}) as Record<string, unknown>;
  if (typeof base !== 'number' || typeof scale !== 'number' || !Array.isArray(trees) || !Array.isArray(scores) || !Array.isArray(milliseconds)) throw new Error('the state of the gbt cost model is { base, scale, scores, milliseconds, trees }');
  return {
    base, scale, scores: scores as number[], milliseconds: milliseconds as number[],
    trees: (trees as readonly (readonly [number[], number[], number[]])[]).map(([features, cuts, leaves]) => ({ features: Int16Array.from(features), cuts: Float64Array.from(cuts), leaves: Float64Array.from(leaves) })),
  };
};
