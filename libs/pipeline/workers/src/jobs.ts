/** Jobs from the outside: their ids, submitting, cancelling, listing. Runs none. */
import { canonicalJson, shortHash, type Json } from '@loopsmith/util';
import type { JobEvent, Submission, Transport } from '@loopsmith/wire';

export const jobId = (submission: Submission): string => shortHash(canonicalJson(submission as unknown as Json));

export interface JobSummary {
  readonly job: string;
  readonly submission: Submission;
  readonly time: string;
  readonly cancelled: boolean;
  /** Trials told so far. */
  readonly trials: number;
  readonly owner: string | null;
  readonly ended: Extract<JobEvent, { event: 'job-ended' }> | null;
}

/** Every job of the log, in the order of submission. */
export const listJobs = async (transport: Transport): Promise<readonly JobSummary[]> => {
  const jobs = new Map<string, JobSummary>(), told = new Map<string, Set<string>>();
  const news: { readonly job: string; change(summary: JobSummary): JobSummary }[] = [];
  const following = await transport.follow(['jobs', 'runs'], ({ topic, message }) => {
    if (topic === 'jobs' && message.kind === 'submitted' && !jobs.has(message.job))
      jobs.set(message.job, {
        job: message.job,
        submission: message.submission,
        time: message.time,
        cancelled: false,
        trials: 0,
        owner: null,
        ended: null,
      });
    if (topic === 'jobs' && message.kind === 'cancelled') news.push({ job: message.job, change: (summary) => ({ ...summary, cancelled: true }) });
    if (topic !== 'runs') return;
    if (message.kind === 'claim') return void news.push({ job: message.job, change: (summary) => ({ ...summary, owner: message.worker }) });
    if (message.kind !== 'event') return;
    const ids = told.get(message.job) ?? new Set();
    told.set(message.job, ids.add(message.id));
    const { event } = message;
    if (event.event === 'job-ended') news.push({ job: message.job, change: (summary) => ({ ...summary, ended: summary.ended ?? event }) });
  });
  await following.caughtUp();
  await following.close();
  // topics are read side by side: what is told of a job may be read before its submission
  for (const { job, change } of news) {
    const summary = jobs.get(job);
    if (summary) jobs.set(job, change(summary));
  }
  return [...jobs.values()]
    .map((summary) => ({ ...summary, trials: [...(told.get(summary.job) ?? [])].filter((id) => id.startsWith('trial ')).length }))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
};

/** The same job again unless it was cancelled or has failed: then the next attempt. */
export const nextAttempt = (jobs: readonly JobSummary[], submission: Omit<Submission, 'attempt'>): { readonly submission: Submission; readonly known: JobSummary | null } => {
  for (let attempt = 1; ; attempt++) {
    const numbered = { ...submission, attempt }, known = jobs.find(({ job }) => job === jobId(numbered));
    if (!known) return { submission: numbered, known: null };
    if (!known.cancelled && known.ended?.how !== 'failed') return { submission: numbered, known };
  }
};

export const submitJob = async (transport: Transport, submission: Submission, time: string): Promise<string> => {
  const job = jobId(submission);
  await transport.send([{ topic: 'jobs', message: { v: 1, kind: 'submitted', job, submission, time } }]);
  return job;
};
export const cancelJob = async (transport: Transport, job: string, time: string): Promise<void> => {
  await transport.send([{ topic: 'jobs', message: { v: 1, kind: 'cancelled', job, time } }]);
};
