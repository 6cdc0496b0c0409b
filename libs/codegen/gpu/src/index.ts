/** What GPU hardware plugins share: spaces, the draft model, the way from a schedule to a kernel's text, dialects. */
export { gpuSpace } from './space.js';
export { draftGpuPlan, gpuFeatureNames } from './draft.js';
export { emitForGpu, gpuOf, lowerForGpu, type Lowered } from './lower.js';
export { printGpuKernels, type PrintedGpuKernels } from './print-kernels.js';
export type { GpuDialect } from './dialect.js';
export { openclC, openclSpellings } from './opencl-c.js';
export { gpuNativeDirectory, hostToolchain, openGpuBuilder, writeGpuPackage, type GpuHost } from './host.js';
export { probeDevice } from './probe.js';
export { openGpuDevice } from './device.js';
