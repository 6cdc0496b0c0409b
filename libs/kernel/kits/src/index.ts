/** Conformance kits: what every plugin of a kind has to keep, as checks that any test runner can run. They know no plugin by name. */
export * from './check.js';
export * from './made-up-space.js';
export * from './strategy-kit.js';
export * from './cost-model-kit.js';
export * from './record-store-kit.js';
export * from './channel-kit.js';
export * from './frontend-kit.js';
export { hardwareChecks } from './hardware-kit.js';
