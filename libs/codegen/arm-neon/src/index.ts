/** The Arm plugin: kernels in C with vector extensions for NEON, built by cross compilers, measured on Arm machines, checked under qemu elsewhere. */
export { default } from './arm-neon.module.js';
export { armNeon } from './plugin.js';
