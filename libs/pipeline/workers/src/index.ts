/** The five stages as workers, the owner of a job, and jobs as seen from outside; over any transport. */
export { startWorker, type Worker, type WorkerOptions } from './worker.js';
export { openOutbox, type Outbox } from './outbox.js';
export { cancelJob, jobId, listJobs, nextAttempt, submitJob, type JobSummary } from './jobs.js';
export { followJob, type JobLog, type JobLogListener } from './job-log.js';
export { followWorkers, type WorkersAlive } from './workers-alive.js';
export { deviceFingerprint } from './device-fingerprint.js';
export { TRIES } from './giving-up.js';
export type { Log, LogFields } from './log.js';
export type { WorkerPlugins } from './plugins.js';
