/** What the parts of the benchmark share: where things lie, how thorough to be, the target, the probe, and how a part reports. */
import type { Target } from '@loopsmith/contracts';
import { meterLoad, tolerable, type Load } from './machine.js';
import type { Prober } from './probe.js';
import { percent } from './table.js';

export interface Bench {
  /** Models, records, libraries and results; kept between runs. */
  readonly directory: string;
  readonly target: Target;
  readonly prober: Prober;
  readonly threads: readonly number[];
  /** Candidates for a network per number of threads, and for one convolution. */
  readonly trials: number;
  readonly layerTrials: number;
  /** Times that all engines take their turns between two probes. */
  readonly blocks: number;
  /** How long messages are sent at a steady rate. */
  readonly seconds: number;
  /** The short and the long time of tuning that are compared, as `tune --budget` takes them. */
  readonly budgets: readonly [string, string];
  /** Points of each recorded space at most, null for all. */
  readonly points: number | null;
  print(text: string): void;
}

/** Runs `work` and tells what others took of the machine meanwhile; says so when that is too much. */
export const watched = async <T>(bench: Bench, what: string, work: () => Promise<T>): Promise<{ readonly value: T; readonly load: Load }> => {
  const end = meterLoad();
  const value = await work();
  const load = end();
  if (load.others > tolerable) bench.print(`WARNING: other processes took ${percent(load.others)} of a core during ${what}; its times are not to be trusted`);
  if (load.stolen > tolerable) bench.print(`WARNING: the host took ${percent(load.stolen)} of a core away during ${what}; its times are not to be trusted`);
  return { value, load };
};
