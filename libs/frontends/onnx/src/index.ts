/** The ONNX front end; as a plugin it is the default export of `onnx.module.js`. */
export { onnx } from './onnx.js';
export { default } from './onnx.module.js';
export { operators as onnxOperators } from './operators.js';
export { since as onnxOperatorsSince } from './since.js';
