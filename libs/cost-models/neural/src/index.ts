/** Plugin: a small neural network as the cost model. The default export is its module. */
export { default } from './neural.module.js';
export { neural } from './model.js';
