/** Lowering: what operators mean, the passes from a graph to a network, schedule steps and the plan they fold into, and the passes from a plan to an expanded program. */
export type { Operands } from './operators/operator.js';
export { operatorOf } from './operators/operators.js';
export { graphPasses, networkPasses, toNetwork, type NetworkOptions } from './graph/pipeline.js';
export { planMemory } from './graph/plan-memory.js';
export { windowSum, type WindowSum } from './algorithms/window-sum.js';
export { winograd, winogradNames } from './algorithms/winograd.js';
export { winogradTables } from './algorithms/winograd-tables.js';
export { applySchedule, applyStep, initialPlan } from './schedule/apply.js';
export { partsAxis } from './schedule/rewrite.js';
export { isUnder, loadAddress, loopsAround, overLoops, storeAddress } from './schedule/plan-edit.js';
export { buildProgram } from './loops/build.js';
export { launchKernels, launchRefusal } from './loops/launch.js';
export { defaultBudget, expand } from './loops/expand.js';
export { mostMergedStep } from './loops/expand-strides.js';
export { lowerSchedule } from './lower.js';
