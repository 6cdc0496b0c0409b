/** ONNX files: models and tensors, read into plain typed objects and written back. The only importer of onnx-proto; it knows no operator. */
export * from './model.js';
export { elementTypeName } from './element-type.js';
export { looksLikeModel } from './wire.js';
export { readModel } from './read-model.js';
export { readTensor } from './read-tensor.js';
export { writeModel, writeTensor } from './write.js';
