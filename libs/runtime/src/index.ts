/** The C runtime that ships, the harness that checks and times kernels, and running deployed libraries from TypeScript. */
export { buildNative, libraryFlags, librarySources, nativeDirectory, runProgramFlags, runProgramSources, runtimeSources } from './native.js';
export { builtOnce } from './built-once.js';
export { keptPrograms } from './kept-programs.js';
export { startHarness, type StandIn } from './harness.js';
export { parsePeak, peakLines, type CoreFigures, type PeakFigures, type PeakIsa, type WeightTemperature } from './protocol.js';
export { deployedFiles } from './deployed.js';
export { Tensor } from './tensor.js';
export { InferenceSession } from './session.js';
export { readManifest, type DeployedManifest } from './folder.js';
export { openNativeSession } from './native-session.js';
export { openProgramSession, type ProgramRunner } from './program-session.js';
export { temperatureOf } from './weight-temperature.js';
export { allowedCpus, openLocalDevice, type LocalDevice } from './device.js';
