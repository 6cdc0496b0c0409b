/** The x86 plugin: kernels as assembly and in C with vector extensions for AVX-512 and AVX2, in C for SSE2, built by gcc, measured on this machine. */
export { default } from './x86-avx.module.js';
export { x86Avx } from './plugin.js';
export { isas } from './isa.js';
