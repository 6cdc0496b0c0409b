/**
 * What a plugin outside this repository imports: the container's module type, every contract, what CPUs and
 * strategies share and the conformance kits, from one place, so that it brings no copy of its own.
 */
export { ContainerModule } from '@loopsmith/host';
export * from '@loopsmith/contracts';
export * from '@loopsmith/search-moves';
export * from '@loopsmith/kits';
export { clangFlags, gccAvx2, gccAvx512, gccFlags, portable, programVersion, type PipelineModel, type Spellings } from '@loopsmith/codegen-c-family';
export { compilerVersion, cpuPlugin, cpuSpace, openCpuDevice, openModelledDevice, type CpuParts, type Toolchain } from '@loopsmith/codegen-cpu';
export { openNativeSession, openProgramSession, readManifest, type ProgramRunner, type StandIn } from '@loopsmith/runtime';
export { fail, succeed, type Failure, type Outcome } from '@loopsmith/util';
