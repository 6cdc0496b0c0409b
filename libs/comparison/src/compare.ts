/** Pairs of a strategy and a cost model over spaces and seeds: what is run, and what is said of the runs. Runs no simulation itself, so that workers can. */
import { median, medianInterval } from '@loopsmith/stages';
import { compareRanks, type RankSummary } from './ranks.js';
import { timeWithin, trialsWithin, type Trajectory } from './simulate.js';

/** `annealing+gbt`, `autotvm+gbt@64` with batches of its own size, `autotvm+gbt@64:alone` as it was published: see `simulate`. */
export interface Pair { readonly strategy: string; readonly model: string; readonly batch: number | null; readonly alone: boolean }

/** A pair on one space from one seed. */
export interface Run { readonly pair: number; readonly space: number; readonly seed: number; readonly trajectory: Trajectory }

export interface Cell {
  /** Median over seeds of trials to within the share, a run that never came there counting as all its trials and one. */
  readonly trials: number;
  /** 95 % bootstrap interval of that median. */
  readonly interval: readonly [number, number];
  /** Median of virtual milliseconds; null when the median run never came there. */
  readonly milliseconds: number | null;
  /** Seeds that never came there. */
  readonly missed: number;
  /** Medians over seeds. */
  readonly finalSlowdown: number;
  readonly heldOutRank: number | null;
  readonly heldOutRecall: number | null;
  /** Slowdown after each trial: lower quartile, median, upper quartile over seeds. */
  readonly curve: readonly (readonly [number, number, number])[];
}
export interface ComparisonTable {
  readonly pairs: readonly string[];
  readonly spaces: readonly string[];
  readonly share: number;
  /** `cells[space][pair]` */
  readonly cells: readonly (readonly Cell[])[];
  /** Of the pairs over the spaces, by trials. */
  readonly ranks: RankSummary;
  /** Per pair, geometric mean over spaces of trials relative to the first pair's. */
  readonly relative: readonly number[];
  /** Spaces, by position, whose untuned schedule is within the share already: there no search can differ from another that begins with it. */
  readonly decided: readonly number[];
  /** `relative` over the other spaces alone; null where there is nothing to leave out, or nothing would be left. */
  readonly relativeElsewhere: readonly number[] | null;
}

interface ComparisonOptions { readonly pairs: readonly string[]; readonly spaces: readonly string[]; readonly share: number; readonly trials: number }

export const tabulate = (runs: readonly Run[], { pairs, spaces, share, trials }: ComparisonOptions): ComparisonTable => {
  const cells = spaces.map((_, space) =>
    pairs.map((__, pair) =>
      cellOf(
        runs.filter((run) => run.space === space && run.pair === pair).map(({ trajectory }) => trajectory),
        share,
        trials,
      ),
    ),
  );
  const relativeOver = (rows: readonly (readonly Cell[])[]): readonly number[] =>
    pairs.map((_, pair) => Math.exp(rows.reduce((sum, row) => sum + Math.log(row[pair]!.trials / row[0]!.trials), 0) / rows.length));
  const decided = [...spaces.keys()].filter((space) => {
    const begun = runs.filter((run) => run.space === space && !pairs[run.pair]!.endsWith(':alone'));
    return begun.length > 0 && begun.every(({ trajectory }) => trialsWithin(trajectory, share) === 1);
  });
  const others = cells.filter((_, space) => !decided.includes(space)), apart = decided.length > 0 && others.length > 0;
  return {
    pairs,
    spaces,
    share,
    cells,
    relative: relativeOver(cells),
    decided,
    relativeElsewhere: apart ? relativeOver(others) : null,
    ranks: compareRanks(cells.map((row) => row.map((cell) => cell.trials))),
  };
};

const cellOf = (trajectories: readonly Trajectory[], share: number, trials: number): Cell => {
  const needed = trajectories.map((one) => trialsWithin(one, share) ?? trials + 1), times = trajectories.map((one) => timeWithin(one, share) ?? Infinity);
  const milliseconds = median(times),
    known = (values: readonly (number | null)[]): number | null => {
      const there = values.filter((value) => value !== null);
      return there.length === 0 ? null : median(there);
    };
  const longest = Math.max(...trajectories.map(({ steps }) => steps.length));
  return {
    trials: median(needed),
    interval: medianInterval(needed),
    milliseconds: Number.isFinite(milliseconds) ? milliseconds : null,
    missed: trajectories.filter((one) => trialsWithin(one, share) === null).length,
    finalSlowdown: median(trajectories.map(({ steps }) => steps.at(-1)?.slowdown ?? Infinity)),
    heldOutRank: known(trajectories.map(({ heldOutRank }) => heldOutRank)),
    heldOutRecall: known(trajectories.map(({ heldOutRecall }) => heldOutRecall)),
    curve: Array.from({ length: longest }, (_, at) => quartiles(trajectories.map(({ steps }) => (steps[at] ?? steps.at(-1)!).slowdown ?? Infinity))),
  };
};

const quartiles = (values: readonly number[]): readonly [number, number, number] => {
  const sorted = [...values].sort((a, b) => a - b), at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
  return [at(0.25), at(0.5), at(0.75)];
};
