/** What the exit code of `loopsmith` says to scripts. Listed in the help of the program. */
export const exitCodes = {
  ok: 0,
  /** Answers differ (`verify`, `start`), or a check failed (`doctor`). */
  differs: 1,
  /** The command line is wrong. */
  usage: 2,
  /** Refused, with the reason: a model, record, folder or machine that will not do. */
  refused: 3,
  /** A bug in Loopsmith or in a plugin. */
  bug: 70,
  /** A worker that lost its broker for so long that starting it again is the cure. */
  restart: 75,
  /** Stopped by Ctrl-C; what was measured is kept. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
