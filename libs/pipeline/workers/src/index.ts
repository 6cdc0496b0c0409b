/** The five stages as workers, the owner of a job, and jobs as seen from outside; over any transport. */
export { startWorker, type Worker } from './worker.js';
export { openOutbox, type Outbox } from './outbox.js';
export { cancelJob, listJobs, nextAttempt, submitJob, type JobSummary } from './jobs.js';
export { followJob } from './job-log.js';
export { followWorkers } from './workers-alive.js';
export { deviceFingerprint } from './device-fingerprint.js';
export type { Log } from './log.js';
