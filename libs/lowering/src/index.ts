/** Lowering: what operators mean, the passes from a graph to a network, schedule steps and the plan they fold into, and the passes from a plan to an expanded program. */
export * from './operators/operator.js';
export { operandsOf, operatorOf, operators } from './operators/operators.js';
export { applySchedule, applyStep, initialPlan } from './schedule/apply.js';
export { buildProgram } from './loops/build.js';
export { liftGuards } from './loops/lift-guards.js';
export { absoluteAxis, overLoops } from './schedule/plan-edit.js';
