/** Everything of the outside world that commands touch and that specs replace: streams, folder, clock, interruption, plugins. Read once, at the rim. */
import type { PluginSource } from '@loopsmith/host';
import type { Clock } from '@loopsmith/stages';

export interface World {
  readonly out: Screen;
  /** Progress and errors; results go to `out`, so that pipes get nothing else. */
  readonly err: Screen;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Logical cores this process may run on. */
  readonly cores: number;
  readonly plugins: readonly PluginSource[];
  /** How the program is typed there, `npx loopsmith` say; absent: `loopsmith`. Screens that `runCli` hands to commands show command lines so. */
  readonly program?: string;
  /** Told by a command that ends within seconds, before it loads what it needs. Absent where the process is someone else's. */
  readonly brief?: () => void;
  /** Runs `work` with a signal that aborts at Ctrl-C; a second one ends the process. `says`: what is printed at the first one. */
  interruptible<T>(work: (signal: AbortSignal) => Promise<T>, says?: string): Promise<T>;
}
export interface Screen {
  write(text: string): void;
  /** Columns of the terminal, or null when this is none. */
  readonly columns: number | null;
}
