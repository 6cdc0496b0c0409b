/** The model zoo: well-known architectures as ONNX bytes, with seeded weights that are the same everywhere. Trained for nothing. */
export { zooInput } from './input.js';
export { zooInputShape, zooModel, zooNames, type ZooName } from './zoo.js';
