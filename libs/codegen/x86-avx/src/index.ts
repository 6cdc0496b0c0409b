/** The x86 plugin: kernels in C with vector extensions for AVX-512, AVX2 and SSE2, built by gcc, measured on this machine. */
export { default } from './x86-avx.module.js';
export { x86Avx } from './plugin.js';
export { isas } from './isa.js';
