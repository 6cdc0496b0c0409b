/** What GPU hardware plugins share: spaces, the draft model, the way from a schedule to a kernel's text, dialects. */
export { gpuSpace } from './space.js';
export { emitForGpu, lowerForGpu } from './lower.js';
export { openclC, openclSpellings } from './opencl-c.js';
export { openGpuBuilder, writeGpuPackage, type CodeOptions, type DeviceCode, type GpuHost } from './host.js';
export { gpuNativeDirectory, hostToolchain } from './host-toolchain.js';
export { probeDevice } from './probe.js';
export { openGpuDevice } from './device.js';
export { gpuTarget } from './target.js';
export { cudaC } from './cuda-c.js';
export { kernelsOnCpu, onCpuDirectory, onCpuFlags, textOnCpu, type OnCpu } from './on-cpu.js';
export { vendorGpuPlugin } from './vendor-plugin.js';
export { compileByClang, compilerFailure, compilerLimits, type KernelCompiler } from './clang.js';
