/** What front ends share: the graph while it grows, attributes by kind, shapes of inputs, cuts, and operators that several formats spell out alike. */
export * from './along-axis.js';
export * from './attributes.js';
export * from './cut.js';
export { graphBuilder, type GraphBuilder } from './graph-builder.js';
export { widened } from './half-floats.js';
export * from './input-shapes.js';
export { refuseImport, type ImportCode } from './refuse-import.js';
export * from './scalar.js';
export * from './sizes.js';
export * from './translation.js';
export { refuseUnknownOperators } from './unknown-operators.js';
