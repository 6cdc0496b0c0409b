/** The ROCm hardware plugin: kernels in HIP for AMD's GPUs; the default export is the module that the host loads. */
export { default } from './rocm.module.js';
export { rocm, rocmOnCpu } from './plugin.js';
export { compileHip } from './compiler.js';
