/** What cost models that learn an order share: examples as times, the loss over pairs, milliseconds of a score. Is no model, and draws no random numbers of its own. */
export { draftScore, rankedExamples, type Example } from './examples.js';
export { pairDerivatives, pairLoss } from './pairs.js';
export { calibrate, type Calibration } from './calibration.js';
export { rankingModel } from './ranking-model.js';
