/** Plugin: simulated annealing over the cost model. The default export is its module. */
export { default } from './annealing.module.js';
export { annealing } from './strategy.js';
