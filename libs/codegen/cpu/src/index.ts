/** What CPU hardware plugins share: spaces of register tiles, draft model, and all that follows a toolchain: builder, packaging, references, the local device. */
export { cpuSpace } from './space.js';
export { draftPlan, featureNames } from './draft.js';
export * from './toolchain/toolchain.js';
export { emitForCpu, lowerForCpu } from './toolchain/emit.js';
export { openCpuDevice, openModelledDevice, loopsmithVersion } from './toolchain/device.js';
export { cpuPlugin, type CpuParts } from './toolchain/plugin.js';
export { emitCalls, writeFolder, type Compile, type FolderContents } from './toolchain/package.js';
export { compileReference } from './toolchain/reference.js';
