/** Helpers for specs here and in the code generators: small definitions and graphs, random legal schedules, programs run by the interpreter. */
export * from './definitions.js';
export * from './random-schedule.js';
export * from './run-program.js';
export * from './graphs.js';
export * from './random-graph.js';
