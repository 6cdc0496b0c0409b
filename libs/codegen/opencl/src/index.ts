/** The OpenCL hardware plugins; the default export is the module that the host loads. */
export { default } from './opencl.module.js';
export { maliOpencl, opencl } from './plugins.js';
