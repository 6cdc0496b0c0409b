/** Plugin: evolution under the cost model. The default export is its module. */
export { default } from './evolutionary.module.js';
export { evolutionary, type EvolutionaryOptions } from './strategy.js';
