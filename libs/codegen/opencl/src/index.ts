/** The OpenCL hardware plugins; the default export is the module that the host loads. */
export { default } from './opencl.module.js';
export { maliOpencl, opencl } from './plugins.js';
export { openclPlugin, type OpenclDevice, type OpenclParts } from './opencl.js';
