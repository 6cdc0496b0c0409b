/** The forms of a program: index, tensor (definition), schedule and plan, loops (program), graph and network. Build, print, parse, verify, evaluate, interpret. */
export * from './dtype.js';
export * from './text/tokens.js';
export * from './index/index-expression.js';
export { parseGuard, parseIndex } from './index/parse.js';
export type { Scope as VariableScope } from './index/parse.js';
export * from './tensor/tensor.js';
export * as build from './tensor/build.js';
export * from './tensor/data.js';
export * from './tensor/layout.js';
export * from './schedule/step.js';
export * from './schedule/plan.js';
export * from './schedule/text.js';
export * from './loops/program.js';
export { expressionText, printKernel, printProgram, printStatements } from './loops/text.js';
export { parseProgram } from './loops/parse.js';
export { interpret, type Interpretation, type InterpretOptions } from './loops/interpret.js';
export * from './graph/graph.js';
export * from './graph/network.js';
