/** Plugin: a bandit over other strategies. The default export is its module. */
export { default } from './portfolio.module.js';
