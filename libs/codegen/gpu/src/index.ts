/** What GPU hardware plugins share: spaces, the draft model, the way from a schedule to a kernel's text, dialects. */
export { gpuSpace } from './space.js';
export { draftGpuPlan, gpuFeatureNames } from './draft.js';
export { emitForGpu, gpuOf, lowerForGpu } from './lower.js';
export { printGpuKernels, type PrintedGpuKernels } from './print-kernels.js';
export { mostTogether, type GpuDialect } from './dialect.js';
export { openclC, openclSpellings } from './opencl-c.js';
export { openGpuBuilder, writeGpuPackage, type CodeOptions, type DeviceCode, type GpuHost } from './host.js';
export { gpuNativeDirectory, hostToolchain } from './host-toolchain.js';
export { probeDevice } from './probe.js';
export { openGpuDevice, openModelledGpuDevice } from './device.js';
export { cudaC } from './cuda-c.js';
export { howOnCpu, kernelsOnCpu, onCpuDirectory, onCpuFlags, openOnCpu, textOnCpu, type OnCpu } from './on-cpu.js';
export { vendorGpuPlugin, type GpuCompiler, type VendorGpu } from './vendor-plugin.js';
export { compileByClang, compilerFailure, compilerLimits, type ClangRequest, type KernelCompiler } from './clang.js';
