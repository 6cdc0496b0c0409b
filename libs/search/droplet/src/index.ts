/** Plugin: coordinate descent. The default export is its module. */
export { default } from './droplet.module.js';
