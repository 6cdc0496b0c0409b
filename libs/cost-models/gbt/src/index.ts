/** Plugin: gradient-boosted trees that rank. The default export is its module. */
export { default } from './gbt.module.js';
export { gbt, gbtPlain } from './model.js';
