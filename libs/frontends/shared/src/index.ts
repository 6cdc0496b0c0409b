/** What front ends share: the graph while it grows, attributes by kind, shapes of inputs, cuts, and operators that several formats spell out alike. */
export * from './along-axis.js';
export * from './attributes.js';
export * from './cut.js';
export { graphBuilder, type GraphBuilder } from './graph-builder.js';
export { widened } from './half-floats.js';
export * from './input-shapes.js';
export { refuseImport, type ImportCode } from './refuse-import.js';
export * from './normalization.js';
export * from './position.js';
export * from './rearrange.js';
export * from './resize.js';
export * from './scalar.js';
export * from './selection.js';
export * from './sizes.js';
export * from './translation.js';
export * from './transposed-convolution.js';
export { knownPart } from './unknown-operators.js';
export * from './window.js';
