/** What a tuning run tells whoever watches: the same names as in logs, records and docs. Holds no formatting. */
import type { Failure } from '@loopsmith/util';
import type { Purpose } from './task.js';

/** The task that an event is about, and its place among those of the run. */
interface OfTask { readonly task: string; readonly label: string; readonly position: number; readonly of: number }

export type TuningEvent =
  | {
      readonly event: 'run-started';
      readonly tasks: readonly { readonly key: string; readonly label: string; readonly calls: number; readonly flops: number }[];
      readonly threads: number;
      readonly budget: string;
    }
  | OfTask & { readonly event: 'task-started'; readonly planned: number; readonly resumed: number }
  | OfTask & {
      readonly event: 'trial';
      readonly purpose: Purpose;
      readonly trials: number;
      readonly planned: number;
      readonly currentGflops: number | null;
      readonly bestGflops: number | null;
      readonly seconds: number;
      readonly failure: Failure | null;
    }
  | OfTask & {
      readonly event: 'task-finished';
      readonly trials: number;
      readonly failures: number;
      /** Both of the finals, where there were some in this run. */
      readonly bestGflops: number | null;
      readonly untunedGflops: number | null;
      readonly seconds: number;
      readonly reason: string;
      /** What the task's finals came to: this run's, or the recorded ones where they compared the same code; null or absent where there were none. */
      readonly finals?: FinalsReport | null;
      /** How well the cost model ranked results that it had not seen; null or absent where there were too few. */
      readonly model?: ModelReport | null;
    }
  | OfTask & { readonly event: 'task-failed'; readonly failure: Failure }
  /** What ending the search now would lose: the share of the sum of kernel times that another minute is expected to save. */
  | { readonly event: 'forecast'; readonly seconds: number; readonly expected: number }
  | {
      readonly event: 'run-finished';
      readonly trials: number;
      readonly failures: number;
      readonly seconds: number;
      readonly interrupted: boolean;
      /** The forecast that ended the search, null or absent where its budget did. */
      readonly stopped?: number | null;
      /** Every forecast, and what the minute after it saved; null when the search ended before. */
      readonly forecasts?: readonly { readonly seconds: number; readonly expected: number; readonly found: number | null }[];
    };

export interface FinalsReport {
  readonly compared: number;
  /** Schedules that cannot be told from the fastest; of several, the one measured first won. */
  readonly tied: number;
  /** Whether the untuned schedule won. */
  readonly untunedWon: boolean;
  /** Medians of the finals, which alone can be held against each other: what the search measured before them was measured at other times. */
  readonly winnerNs: number;
  readonly untunedNs: number;
  /** Untuned over winner, with its 95 % interval. */
  readonly speedup: number;
  readonly speedupInterval: readonly [number, number];
  /** Share of repeated finals in which another schedule would have had the lowest median, and what a wrong winner would cost, as a share. */
  readonly flipRate: number;
  readonly regret: number;
}
export interface ModelReport {
  readonly results: number;
  readonly rankCorrelation: number;
  /** Share of the fastest tenth of the results that was in the tenth predicted fastest. */
  readonly topRecall: number;
}
