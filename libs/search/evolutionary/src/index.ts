/** Plugin: evolution under the cost model. The default export is its module. */
export { default } from './evolutionary.module.js';
