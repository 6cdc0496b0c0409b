/** What every emitter of C shares: programs to C text, and compilers driven over it. */
export * from './print-kernels.js';
export * from './spellings.js';
