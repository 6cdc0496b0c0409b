/** Lowering: schedule steps, the plan they fold into, and the passes from a plan to an expanded program. */
export { applySchedule, applyStep, initialPlan } from './schedule/apply.js';
export { absoluteAxis, overLoops } from './schedule/plan-edit.js';
export { buildProgram } from './loops/build.js';
export { liftGuards } from './loops/lift-guards.js';
export * from './loops/expand.js';
