/** Plugin: a genetic algorithm without a cost model. The default export is its module. */
export { default } from './genetic.module.js';
