/** What programs import from `loopsmith`: running compiled folders as people know it from ONNX Runtime, and the command line as a function. */
export { InferenceSession, Tensor } from '@loopsmith/runtime';
export { runCli } from './cli.js';
export { exitCodes, type ExitCode } from './exit-codes.js';
export { nodeWorld } from './node-world.js';
export type { Session, SessionTensor } from '@loopsmith/contracts';
export type { Screen, World } from './world.js';
