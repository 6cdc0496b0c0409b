/** Plugin: random search. The default export is its module. */
export { default } from './random.module.js';
export { randomSearch } from './strategy.js';
