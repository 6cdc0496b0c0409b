/** The MXNet front end; as a plugin it is the default export of `mxnet.module.js`. */
export { mxnet } from './mxnet.js';
export { default } from './mxnet.module.js';
export { translators as mxnetOperators } from './operators/translators.js';
