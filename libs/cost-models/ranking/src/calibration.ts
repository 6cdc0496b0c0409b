/** Milliseconds of a score: a falling line through the means of groups of what was measured. Changes no order. */

export interface Calibration {
  /** Rising. */
  readonly scores: readonly number[];
  /** Falling, one per score. */
  readonly milliseconds: readonly number[];
}

/** Mean milliseconds of eight groups of equal size along the score, made to fall strictly. Failed candidates (Infinity) are left out. */
export const calibrate = (scores: ArrayLike<number>, times: Float64Array): Calibration => {
  const order = [...times.keys()].filter((i) => times[i] !== Infinity).sort((i, j) => scores[i]! - scores[j]! || i - j);
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

/** Between the groups straight lines, beyond them a tail that never reaches zero. `scale` is what a score of 0 means where nothing was measured. */
export const millisecondsAt = ({ scores, milliseconds }: Calibration, scale: number, score: number): number => {
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
