/** What programs import from `loopsmith`: tuning and compiling, running compiled folders as people know it from ONNX Runtime, and the command line as a function. */
export { compile, tune, type CompileOptions, type CompileResult, type Model, type ModelOptions, type TunedTask, type TuneOptions, type TuneResult } from './api.js';
export type { TuningEvent } from '@loopsmith/contracts';
export { build as expression, parseDefinition, printDefinition, type Definition } from '@loopsmith/ir';
export { FailureError, type Failure } from '@loopsmith/util';
export { InferenceSession, Tensor } from '@loopsmith/runtime';
export { runCli } from './cli.js';
export { exitCodes, type ExitCode } from './exit-codes.js';
export { nodeWorld } from './node-world.js';
export type { Session, SessionTensor } from '@loopsmith/contracts';
export type { Screen, World } from './world.js';
