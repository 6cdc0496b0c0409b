/** What every emitter of C shares: programs to C text, the plain reference of a definition, and compilers driven over them. */
export { printKernels } from './print-kernels.js';
export { gccAvx2, gccAvx512, portable, type Spellings } from './spellings.js';
export { referenceSource } from './reference/reference.js';
export * from './toolchain/flags.js';
export { compileBatch } from './toolchain/compile-batch.js';
export { cutShort } from './toolchain/cut-short.js';
export { programVersion } from './toolchain/program-version.js';
export { loopCycles, type PipelineModel } from './toolchain/pipeline-model.js';
export { runProcess, type ProcessRequest, type ProcessResult } from './toolchain/run-process.js';
export { libraryParts, type CallKernel, type LibraryParts } from './library/library.js';
export { gnuC, type Dialect } from './dialect.js';
export { bufferUses } from './buffer-uses.js';
export type { Assembly, KernelRequest, Place } from './kernel-request.js';
export { kernelSource } from './kernel-source.js';
export { computed, shortName } from './c-types.js';
export { createHelpers } from './helpers.js';
export { braced, createStatementPrinter, kernelSymbols } from './print-statements.js';
export { codeLines, launchText } from './library/network-source.js';
