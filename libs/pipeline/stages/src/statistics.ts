/** The few statistics a comparison needs: medians, bootstrap intervals, and the rule that names a winner. Seeded, so that the same samples name the same one. */
import { seededRandom } from '@loopsmith/util';

/** Of a non-empty list. */
export const median = (values: readonly number[]): number => {
  // typed arrays sort numbers without asking how to compare them
  const sorted = new Float64Array(values).sort(), middle = sorted.length >> 1;
  if (sorted.length === 0) throw new Error('median of nothing');
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

const RESAMPLES = 1000;

/**
 * The central 95 % of statistic(resample) over bootstrap resamples of 0..count-1 (percentile method: Efron, "Bootstrap
 * Methods: Another Look at the Jackknife", 1979).
 */
const bootstrapInterval = (count: number, statistic: (rounds: readonly number[]) => number): readonly [number, number] => {
  const random = seededRandom(1979);
  const values = Array.from({ length: RESAMPLES }, () => statistic(Array.from({ length: count }, () => random.below(count)))).sort((a, b) => a - b);
  return [values[Math.floor(RESAMPLES * 0.025)]!, values[Math.ceil(RESAMPLES * 0.975) - 1]!];
};

/** The median of the samples at some positions, for many lists of positions: the samples are sorted once, and each list is counted by their ranks. */
const medianAt = (samples: readonly number[]): ((positions: readonly number[]) => number) => {
  const order = [...samples.keys()].sort((a, b) => samples[a]! - samples[b]!), sorted = Float64Array.from(order, (i) => samples[i]!);
  const ranks = new Uint32Array(samples.length), counts = new Uint32Array(samples.length);
  order.forEach((i, rank) => { ranks[i] = rank; });
  return (positions) => {
    counts.fill(0);
    for (const i of positions) counts[ranks[i]!]!++;
    const upper = positions.length >> 1, lower = upper - 1 + (positions.length % 2);
    let rank = 0, seen = counts[0]!;
    while (seen <= lower) seen += counts[++rank]!;
    const below = sorted[rank]!;
    while (seen <= upper) seen += counts[++rank]!;
    return lower === upper ? below : (below + sorted[rank]!) / 2;
  };
};

/** 95 % interval of the median. */
export const medianInterval = (samples: readonly number[]): readonly [number, number] => bootstrapInterval(samples.length, medianAt(samples));

/** Of two that are equal the later is called faster in at most this share of comparisons: one of 200. */
const TIE = 0.005;

/**
 * In how many of so many rounds the faster of two may come second: the most with which one of two equal ones would win no more often than
 * TIE (the sign test: Dixon and Mood, "The Statistical Sign Test", JASA 1946). Exact for whatever noise both meet alike from round to round, heavy
 * tails and two states of a machine included: seven of 30. None in fewer than twelve, where one would be too many; fewer
 * than eight cannot keep to TIE at all.
 */
const roundsToLose = (rounds: number): number => {
  let lost = 0;
  for (let chance = 0.5 ** rounds, sum = chance; lost < rounds; lost++) {
    chance *= (rounds - lost) / (lost + 1);
    sum += chance;
    if (sum > TIE) break;
  }
  return lost;
};

/**
 * Which of several interleaved sample lists won (sample i of each belongs to round i): the first, in the order given, that
 * cannot be told from the one with the lowest median. So ties break by rule: order the lists earliest and cheapest first.
 */
export const chooseWinner = (lists: readonly (readonly number[])[]): number => {
  const medians = lists.map(median);
  const fastest = medians.indexOf(Math.min(...medians));
  return lists.findIndex((samples, i) => {
    if (i === fastest) return true;
    // round by round, so that drift of the machine cancels
    const rounds = Math.min(samples.length, lists[fastest]!.length), lost = samples.slice(0, rounds).filter((time, r) => time <= lists[fastest]![r]!).length;
    return lost > roundsToLose(rounds);
  });
};

/** What a comparison of interleaved sample lists came to. The first list is the baseline: the untuned schedule. */
export interface Verdict {
  /** Position of the winner by `chooseWinner`. */
  readonly winner: number;
  /** Lists that cannot be told from the one with the lowest median, the winner among them. */
  readonly tied: number;
  /** Baseline over winner, the median of round by round ratios, with its 95 % interval. */
  readonly speedup: number;
  readonly speedupInterval: readonly [number, number];
  /** Share of repeated comparisons, as the bootstrap has them, in which another list would have had the lowest median. */
  readonly flipRate: number;
  /** By how much more than the least the winner's median takes, on average over those: what a wrong winner costs. */
  readonly regret: number;
}

export const judge = (lists: readonly (readonly number[])[]): Verdict => {
  const winner = chooseWinner(lists), rounds = Math.min(...lists.map(({ length }) => length));
  const ratios = Array.from({ length: rounds }, (_, r) => lists[0]![r]! / lists[winner]![r]!);
  // a list ties when it would win against the fastest alone
  const medians = lists.map(median), fastest = medians.indexOf(Math.min(...medians));
  const tied = lists.filter((list, i) => i === fastest || chooseWinner([list, lists[fastest]!]) === 0).length;
  const random = seededRandom(1987);
  const mediansAt = lists.map(medianAt), ratioAt = medianAt(ratios);
  let flips = 0, regret = 0;
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    const at = Array.from({ length: rounds }, () => random.below(rounds)), again = mediansAt.map((of) => of(at));
    const least = Math.min(...again);
    if (again[winner]! > least) flips++;
    regret += (again[winner]! - least) / least;
  }
  return {
    winner,
    tied,
    speedup: median(ratios),
    speedupInterval: bootstrapInterval(rounds, ratioAt),
    flipRate: flips / REPEATS,
    regret: regret / REPEATS,
  };
};
const REPEATS = 400;
