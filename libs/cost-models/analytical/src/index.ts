/** Plugin: the analytical cost model. The default export is its module. */
export { default } from './analytical.module.js';
export { analytical } from './model.js';
