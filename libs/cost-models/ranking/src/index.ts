/** What cost models that learn an order share: examples as times, the loss over pairs, milliseconds of a score. Is no model, and draws no random numbers of its own. */
export * from './examples.js';
export * from './pairs.js';
export * from './calibration.js';
