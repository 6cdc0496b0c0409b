/**
 * The utilities every layer may use: outcomes, seeded random numbers, hashes, the code template, aligned copies, typed arrays,
 * products, values on demand, lists by key, rank correlation, names near a mistyped one, values of JSON in a few words, runs that are shared or
 * take turns.
 */
export * from './outcome.js';
export * from './random.js';
export * from './hash.js';
export * from './code.js';
export * from './bytes.js';
export * from './element-arrays.js';
export * from './product.js';
export * from './ranks.js';
export * from './near-names.js';
export * from './on-demand.js';
export * from './list-under.js';
export * from './shown.js';
export * from './shared-runs.js';
export * from './one-at-a-time.js';
