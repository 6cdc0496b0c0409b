/** MXNet's files: symbol JSON and .params, bytes to plain values. */
export type { MxnetArray, MxnetEntry, MxnetNode, MxnetSymbol } from './model.js';
export { mxnetDType } from './element-type.js';
export { looksLikeParams, readParams } from './read-params.js';
export { looksLikeSymbol, readSymbol } from './read-symbol.js';
export { inputNamesOf } from './upgrade.js';
export { writeParams } from './write-params.js';
