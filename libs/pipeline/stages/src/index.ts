/** The stages of the pipeline as RxJS operators, the tuning run made of them, and what its records say is best. */
export type { Built, Clock, Proposed } from './stage.js';
export * from './tasks.js';
export { predictorOf } from './propose.js';
export { rememberingDrafts } from './drafts.js';
export { build } from './build.js';
export { fitter, type Fitter } from './fit.js';
export { parseRunLog, printLogEntry, replay, type RunLogEntry } from './run-log.js';
export { openBenches, type Benches } from './benches.js';
export { coresFor, sideBySide, type Turns } from './turns.js';
export { candidateId, candidateOf, candidateOfRecord } from './candidate.js';
export { takingIn } from './taken-in.js';
export { batchCount, budgetText, type Budget } from './budget.js';
export { tune } from './tune.js';
export { bestSchedules, placeOf, type BestOfTask, type BestSchedule } from './best-schedules.js';
export { chooseWinner, judge, median, medianInterval } from './statistics.js';
export { recallOfFastest } from './model-report.js';
