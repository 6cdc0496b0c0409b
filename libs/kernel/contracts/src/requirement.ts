/** Requirement: a program, library or device that a hardware plugin needs on this machine, whether it is here, and how it comes here. */

export interface Requirement {
  /** `aarch64-linux-gnu-gcc`, `qemu-aarch64`, `a CPU with avx512f`. */
  readonly what: string;
  /** ISAs of the plugin that need it; all of them when absent. */
  readonly isas?: readonly string[];
  /** What cannot be done without it: `build` folders, check `answers` here, `measure` times here. */
  readonly purpose: 'build' | 'answers' | 'measure';
  /** Its version or place as found here, or null. */
  readonly found: string | null;
  /** The command that installs it, or what to do where no command can. */
  readonly install: string;
}
