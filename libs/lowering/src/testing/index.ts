/** Helpers for specs here and above: small definitions and graphs, random legal schedules, programs run by the interpreter, networks evaluated. */
export * from './definitions.js';
export { evaluateGraph, evaluateNetwork } from './evaluate.js';
export * from './random-schedule.js';
export * from './run-program.js';
export * from './graphs.js';
export * from './random-graph.js';
