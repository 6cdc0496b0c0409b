/** Plugin: a genetic algorithm without a cost model. The default export is its module. */
export { default } from './genetic.module.js';
export { genetic, type GeneticOptions } from './strategy.js';
