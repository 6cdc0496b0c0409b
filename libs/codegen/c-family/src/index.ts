/** What every emitter of C shares: programs to C text, the plain reference of a definition, and compilers driven over them. */
export * from './print-kernels.js';
export * from './spellings.js';
export { referenceSource } from './reference/reference.js';
export * from './toolchain/flags.js';
export * from './toolchain/compile-batch.js';
export * from './toolchain/hot-loop.js';
export * from './toolchain/program-version.js';
export * from './toolchain/pipeline-model.js';
export * from './toolchain/run-process.js';
export { libraryParts, type CallKernel, type LibraryParts, type LibraryRequest } from './library/library.js';
export { gnuC, type Dialect } from './dialect.js';
export { bufferUses } from './buffer-uses.js';
export { computed, shortName } from './c-types.js';
export { createHelpers } from './helpers.js';
export { createIdentifiers } from './identifiers.js';
export { createExpressionPrinter } from './print-expression.js';
export { registerScopes } from './register-scopes.js';
export { codeLines, launchText } from './library/network-source.js';
