/**
 * Everything the log says of one job: answers and requests by id, what its owners told, whether it was cancelled or has ended. A
 * fold: the same messages in any number of copies make the same state. Decides nothing and sends nothing.
 */
import type { TuningRecord } from '@loopsmith/contracts';
import type { BuildAnswer, FitAnswer, Followed, JobEvent, MeasureAnswer, RunMessage, Transport } from '@loopsmith/wire';

export type AnyAnswer = BuildAnswer | MeasureAnswer | FitAnswer;
/** `at`: when the answer came into the log, milliseconds since 1970 by the broker's clock. */
export interface Answered { readonly answer: AnyAnswer; readonly at: number }
export interface JobLog {
  /** Requests that are in the log. */
  readonly asked: ReadonlySet<string>;
  readonly answers: ReadonlyMap<string, Answered>;
  /** Ids of the events and records that were told. */
  readonly told: ReadonlySet<string>;
  /** Of the last claim; -1 before the first. */
  readonly epoch: number;
  /** Workers whose last claims no word followed, in their order: their processes ended in the middle of the job, but for the last one's, which may be about to speak. */
  readonly silent: readonly string[];
  readonly cancelled: boolean;
  readonly ended: Extract<JobEvent, { event: 'job-ended' }> | null;
  /** Called after every change. */
  onChange(listener: () => void): () => void;
  /** Resolves when everything that was in the log at the time of the call is folded. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

export interface JobLogListener {
  event?(event: JobEvent): void;
  record?(record: TuningRecord): void;
}

const everything = ['jobs', 'build', 'built', 'measure', 'measured', 'fit', 'fitted', 'runs'] as const;
/** What a watcher needs. */
const story = ['jobs', 'runs'] as const;

export const followJob = async (transport: Transport, job: string, whole: boolean, listener: JobLogListener = {}): Promise<JobLog> => {
  const asked = new Set<string>(), answers = new Map<string, Answered>(), told = new Set<string>(), silent = new Map<number, string>(), listeners = new Set<() => void>();
  let epoch = -1, cancelled = false, ended: JobLog['ended'] = null, lastRun = -1;
  const tellRun = (message: RunMessage, offset: number): void => {
    // a tail may see a message twice; the order of claims is that of the partition
    if (offset <= lastRun) return;
    lastRun = offset;
    if (message.kind === 'claim') {
      epoch = offset;
      silent.set(offset, message.worker);
      return;
    }
    if (message.kind === 'alive') {
      for (const claim of silent.keys()) if (claim <= message.epoch) silent.delete(claim);
      return;
    }
    if (message.epoch < epoch || told.has(message.id)) return;
    told.add(message.id);
    if (message.kind === 'record') { listener.record?.(message.record); return; }
    if (message.event.event === 'job-ended') ended = message.event;
    listener.event?.(message.event);
  };
  const read = (found: Followed): void => {
    if (!('job' in found.message) || found.message.job !== job) return;
    switch (found.topic) {
      case 'jobs': if (found.message.kind === 'cancelled') cancelled = true; break;
      case 'build': case 'measure': case 'fit': asked.add(found.message.id); break;
      case 'built': case 'measured': case 'fitted': if (!answers.has(found.message.id)) answers.set(found.message.id, { answer: found.message, at: found.at }); break;
      case 'runs': tellRun(found.message, found.offset); break;
      // of these a job knows nothing
      case 'extracted': case 'workers': case 'dead-letters': break;
      default: found satisfies never;
    }
    for (const changed of listeners) changed();
  };
  const following = await transport.follow(whole ? everything : story, read);
  await following.caughtUp();
  return {
    asked, answers, told,
    get epoch() { return epoch; },
    get silent() { return [...silent.values()]; },
    get cancelled() { return cancelled; },
    get ended() { return ended; },
    onChange: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    caughtUp: () => following.caughtUp(),
    close: () => following.close(),
  };
};
