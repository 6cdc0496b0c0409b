/** What CPU hardware plugins share: spaces of register tiles, draft model, and all that follows a toolchain: builder, packaging, references, the local device. */
export { cpuSpace } from './space.js';
export { compilerVersion, kernelFlagsOf, type Toolchain } from './toolchain/toolchain.js';
export { openCpuDevice, openModelledDevice, loopsmithVersion } from './toolchain/device.js';
export { cpuPlugin, type CpuParts } from './toolchain/plugin.js';
export { emitCandidate, identityOf, type Emitted } from './toolchain/candidate.js';
export { emitCalls, writeFolder } from './toolchain/package.js';
export { compileReference } from './toolchain/reference.js';
