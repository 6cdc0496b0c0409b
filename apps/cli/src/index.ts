/** The command line as a function, for tests and for programs that drive it. */
export { runCli } from './cli.js';
export { exitCodes, type ExitCode } from './exit-codes.js';
export { nodeWorld } from './node-world.js';
export type { Screen, Session, SessionTensor, World } from './world.js';
