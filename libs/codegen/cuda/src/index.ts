/** The CUDA hardware plugin: kernels in CUDA C for NVIDIA's GPUs; the default export is the module that the host loads. */
export { default } from './cuda.module.js';
export { cuda, cudaOnCpu } from './plugin.js';
export { findCompiler, nvrtcLibraries } from './compiler.js';
