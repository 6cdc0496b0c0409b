/** Plugin: other tasks' best points first. The default export is its module. */
export { default } from './warm-start.module.js';
