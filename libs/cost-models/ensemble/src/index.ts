/** Plugin: other cost models, weighted by how well they rank. The default export is its module. */
export { default } from './ensemble.module.js';
