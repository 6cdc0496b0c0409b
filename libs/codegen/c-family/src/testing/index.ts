/** Helpers for specs here and above: structured programs built by hand, printed kernels run on this machine and compared with the interpreter. */
export * from './convolution.js';
export * from './difference.js';
export * from './run-kernels.js';
