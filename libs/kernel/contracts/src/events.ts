/** What a tuning run tells whoever watches: the same names as in logs, records and docs. Holds no formatting. */
import type { Failure } from '@loopsmith/util';
import type { Purpose } from './task.js';

export type TuningEvent =
  | { readonly event: 'run-started'; readonly tasks: readonly { readonly key: string; readonly label: string; readonly calls: number; readonly flops: number }[]; readonly threads: number; readonly budget: string }
  | { readonly event: 'task-started'; readonly task: string; readonly label: string; readonly position: number; readonly of: number; readonly planned: number; readonly resumed: number }
  | { readonly event: 'trial'; readonly task: string; readonly position: number; readonly of: number; readonly label: string; readonly purpose: Purpose; readonly trials: number; readonly planned: number;
      readonly currentGflops: number | null; readonly bestGflops: number | null; readonly seconds: number; readonly failure: Failure | null }
  | { readonly event: 'task-finished'; readonly task: string; readonly position: number; readonly of: number; readonly label: string; readonly trials: number; readonly failures: number;
      readonly bestGflops: number | null; readonly untunedGflops: number | null; readonly seconds: number; readonly reason: string }
  | { readonly event: 'task-failed'; readonly task: string; readonly position: number; readonly of: number; readonly label: string; readonly failure: Failure }
  | { readonly event: 'run-finished'; readonly trials: number; readonly failures: number; readonly seconds: number; readonly interrupted: boolean };

