/** The TensorFlow front end; as a plugin it is the default export of `tensorflow.module.js`. */
export { tensorflow } from './tensorflow.js';
export { default } from './tensorflow.module.js';
export { translators as tensorflowOperators } from './operators/translators.js';
export { layerTranslators as kerasLayers } from './layers/translators.js';
