/** Plugin: coordinate descent. The default export is its module. */
export { default } from './droplet.module.js';
export { droplet } from './strategy.js';
