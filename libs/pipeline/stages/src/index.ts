/** The stages of the pipeline as RxJS operators, the tuning run made of them, and what its records say is best. */
export * from './stage.js';
export { extract, extractTasks, taskKey, type ExtractOptions } from './extract.js';
export { propose, predictorOf, type ProposeOptions } from './propose.js';
export { build } from './build.js';
export { measure } from './measure.js';
export { fit, fitter, type Fitter } from './fit.js';
export { parseRunLog, printLogEntry, replay, type Difference, type Replay, type ReplayParts, type RunLogEntry } from './run-log.js';
export { historyOf } from './task-history.js';
export { openBenches, type Benches } from './benches.js';
export { coresFor, sideBySide, type Cores, type Turns } from './turns.js';
export { taskResults, type Ranked, type TaskResults } from './task-results.js';
export { candidateId, candidateOf, recordOf, type RecordContext } from './candidate.js';
export { budgetPlan, budgetText, type Budget, type BudgetPlan, type TaskProgress } from './budget.js';
export { tune, type TuneOptions } from './tune.js';
export { bestSchedules, type BestOfTask, type BestOptions, type BestSchedule } from './best-schedules.js';
export { chooseWinner, judge, median, medianInterval, type Verdict } from './statistics.js';
export { modelReport, recallOfFastest } from './model-report.js';
