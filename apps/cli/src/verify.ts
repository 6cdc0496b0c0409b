/** `loopsmith/verify`: reading test cases, binding a model to one, running and comparing, for programs that check many models. */
export { compareTensors, widened, type Comparison, type Tolerance } from './answers.js';
export { bindToCase, type Binding } from './binding.js';
export { readCases, type Case, type NamedTensor } from './cases.js';
export { detectModel, readModelFile, type Model } from './model-file.js';
export { verifyCase, type Constants, type Verdict } from './verifying.js';
