/** Everything of the outside world that commands touch and that specs replace: streams, folder, clock, interruption, plugins, sessions. Read once, at the rim. */
import type { PluginSource } from '@loopsmith/host';
import type { TensorData } from '@loopsmith/ir';
import type { Clock } from '@loopsmith/stages';
import type { Outcome } from '@loopsmith/util';

export interface World {
  readonly out: Screen;
  /** Progress and errors; results go to `out`, so that pipes get nothing else. */
  readonly err: Screen;
  readonly folder: string;
  readonly clock: Clock;
  /** Logical cores this process may run on. */
  readonly cores: number;
  readonly plugins: readonly PluginSource[];
  openSession(directory: string, threads: number): Promise<Outcome<Session>>;
  /** Runs `work` with a signal that aborts at Ctrl-C; a second one ends the process. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}
export interface Screen {
  write(text: string): void;
  /** Columns of the terminal, or null when this is none. */
  readonly columns: number | null;
}

/** A compiled network that is loaded and ready. */
export interface Session {
  readonly threads: number;
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
  /** By input name to by output name. */
  run(inputs: ReadonlyMap<string, TensorData>): Promise<ReadonlyMap<string, TensorData>>;
  /** Nanoseconds of each kernel in one run, in the order of the manifest's layers; absent where nobody can tell. */
  profile?(inputs: ReadonlyMap<string, TensorData>): Promise<readonly number[]>;
  close(): Promise<void>;
}
export interface SessionTensor { readonly name: string; readonly dtype: TensorData['dtype']; readonly shape: readonly number[] }
