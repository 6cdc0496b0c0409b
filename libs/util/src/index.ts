/** The utilities every layer may use: outcomes, seeded random numbers, hashes, the code template, aligned copies, products, values on demand, rank correlation, shared runs. */
export * from './outcome.js';
export * from './random.js';
export * from './hash.js';
export * from './code.js';
export * from './bytes.js';
export * from './product.js';
export * from './ranks.js';
export * from './on-demand.js';
export * from './shared-runs.js';
