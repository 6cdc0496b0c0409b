/** Plugin: every point in order. The default export is its module. */
export { default } from './grid.module.js';
