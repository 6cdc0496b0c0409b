/**
 * The loss over pairs of candidates (Burges et al., "Learning to Rank using Gradient Descent", ICML 2005), with an algebraic
 * sigmoid in place of the logistic one: no exponential and no logarithm, so that sums have the same bits on every machine.
 * Scores are higher the faster; knows no model.
 */

/** What it matters that `slower` comes behind `faster`: the gap as a share of the slower time, and more the nearer the faster is to the best. */
const pairWeight = (faster: number, slower: number, least: number): number =>
  (slower === Infinity ? 1 : (slower - faster) / slower) * (0.25 + least / faster);

interface Derivatives {
  /** First derivative of the negative loss by each score: which way it should go. */
  readonly gradient: Float64Array;
  /** Second derivative of the loss by each score, pairs taken one by one. */
  readonly curvature: Float64Array;
}

/** Of the sum over pairs of weight * loss(score of faster - score of slower), where loss'(d) = -(1 - d / (1 + |d|)) / 2. `below` draws `opponents` partners of each example. */
export const pairDerivatives = (times: Float64Array, least: number, scores: ArrayLike<number>, below: (bound: number) => number, opponents: number): Derivatives => {
  const count = times.length, gradient = new Float64Array(count), curvature = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < opponents; k++) {
      const j = below(count);
      if (times[i] === times[j]) continue;
      const first = times[i]! < times[j]!, fast = first ? i : j, slow = first ? j : i;
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

/** How badly an order ranks what was measured: a pair far on the wrong side costs 2, one far on the right side nothing. Over 16 opponents of each example. */
export const pairLoss = (times: Float64Array, least: number, scores: ArrayLike<number>): number => {
  let loss = 0;
  for (let i = 0; i < times.length; i++) {
    for (let step = 1; step <= 16; step++) {
      const j = (i + step * step) % times.length;
      if (times[i] === times[j]) continue;
      const first = times[i]! < times[j]!, fast = first ? i : j, slow = first ? j : i, d = scores[fast]! - scores[slow]!;
      loss += pairWeight(times[fast]!, times[slow]!, least) * (1 - d / (1 + Math.abs(d)));
    }
  }
  return loss;
};
