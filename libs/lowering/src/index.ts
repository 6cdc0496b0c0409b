/** Lowering: what operators mean, the passes from a graph to a network, schedule steps and the plan they fold into, and the passes from a plan to an expanded program. */
export * from './operators/operator.js';
export { operandsOf, operatorOf, operators } from './operators/operators.js';
export { evaluateGraph, evaluateNetwork } from './graph/evaluate.js';
export { graphPasses, networkPasses, toNetwork } from './graph/pipeline.js';
export type { NetworkOptions } from './graph/pipeline.js';
export { planMemory } from './graph/plan-memory.js';
export { windowSum, type WindowSum } from './algorithms/window-sum.js';
export { winograd, winogradNames } from './algorithms/winograd.js';
export { winogradTables } from './algorithms/winograd-tables.js';
export { applySchedule, applyStep, initialPlan } from './schedule/apply.js';
export { overLoops } from './schedule/plan-edit.js';
export { buildProgram } from './loops/build.js';
export * from './loops/launch.js';
export * from './loops/expand.js';
