/** Plugin: the whole space in the order of the cost model. The default export is its module. */
export { default } from './best-first.module.js';
