/** The C runtime that ships, the harness that checks and times kernels, and running deployed libraries from TypeScript. */
export * from './native.js';
export { builtOnce } from './built-once.js';
export * from './harness.js';
export * from './protocol.js';
export * from './generator.js';
export * from './tolerance.js';
export * from './deployed.js';
export { Tensor, type TensorDataOf, type TensorType, type TensorValues } from './tensor.js';
export * from './session.js';
export * from './folder.js';
export * from './native-session.js';
export * from './program-session.js';
export { temperatureOf } from './weight-temperature.js';
export { allowedCpus, openLocalDevice, type LocalDevice, type LocalDeviceParts } from './device.js';
