/** The few statistics a comparison needs: medians, a paired bootstrap, and the rule that names a winner. Seeded, so that the same samples name the same one. */
import { seededRandom } from '@loopsmith/util';

/** Of a non-empty list. */
export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  if (sorted.length === 0) throw new Error('median of nothing');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const RESAMPLES = 400;

/**
 * The central 95 % of statistic(resample) over bootstrap resamples of 0..count-1 (percentile method: Efron, "Bootstrap
 * Methods: Another Look at the Jackknife", 1979).
 */
const bootstrapInterval = (count: number, statistic: (rounds: readonly number[]) => number): readonly [number, number] => {
  const random = seededRandom(1979);
  const values = Array.from({ length: RESAMPLES }, () => statistic(Array.from({ length: count }, () => random.below(count)))).sort((a, b) => a - b);
  return [values[Math.floor(RESAMPLES * 0.025)]!, values[Math.ceil(RESAMPLES * 0.975) - 1]!];
};

/** 95 % interval of the median. */
export const medianInterval = (samples: readonly number[]): readonly [number, number] =>
  bootstrapInterval(samples.length, (rounds) => median(rounds.map((i) => samples[i]!)));

/**
 * Which of several interleaved sample lists won (sample i of each belongs to round i): the first, in the order given, that
 * cannot be told from the one with the lowest median. So ties break by rule: order the lists earliest and cheapest first.
 */
export const chooseWinner = (lists: readonly (readonly number[])[]): number => {
  const medians = lists.map(median);
  const fastest = medians.indexOf(Math.min(...medians));
  return lists.findIndex((samples, i) => {
    if (i === fastest) return true;
    const rounds = Math.min(samples.length, lists[fastest]!.length);
    // paired by round, so that drift of the machine cancels
    const [low] = bootstrapInterval(rounds, (at) => median(at.map((r) => samples[r]! - lists[fastest]![r]!)));
    return low <= 0;
  });
};
