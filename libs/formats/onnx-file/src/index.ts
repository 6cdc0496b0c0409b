/** ONNX files: models and tensors, read into plain typed objects. `@loopsmith/onnx-file/write` writes them, and alone loads onnx-proto for it. It knows no operator. */
export * from './model.js';
export { elementTypeName } from './element-type.js';
export { looksLikeModel } from './wire.js';
export { readModel } from './read-model.js';
export type { ReadBeside } from './external-data.js';
export { readTensor } from './read-tensor.js';
