/**
 * A job and its owner: the tuning run of one process with builder, device and fitter elsewhere, its time and its results read
 * from the log. A new owner runs it again from the start; everything that was asked is answered already, everything that was
 * told is told already, so it goes on where the former one ended. Prints nothing.
 */
import type { RecordStore, TuningEvent, TuningRecord } from '@loopsmith/contracts';
import { sideBySide, tune, type Clock } from '@loopsmith/stages';
import { FailureError, unwrap } from '@loopsmith/util';
import { readTasks, type ArtifactStore, type Extracted, type JobEvent, type Outgoing, type Transport } from '@loopsmith/wire';
import { lastValueFrom, tap } from 'rxjs';
import { deviceFingerprint } from './device-fingerprint.js';
import { jobFailed } from './extract-work.js';
import { TRIES } from './giving-up.js';
import { followJob, type JobLog } from './job-log.js';
import type { Log } from './log.js';
import type { WorkerPlugins } from './plugins.js';
import { remote } from './remote.js';

export interface OwnerOptions {
  readonly transport: Transport;
  readonly store: ArtifactStore;
  readonly plugins: WorkerPlugins;
  readonly worker: string;
  readonly log: Log;
  /** Waits until no other job of this process is where its end would count against it; gives the place free. */
  alone(): Promise<() => void>;
}

/**
 * How an owner leaves a job: it has ended, it is left to another owner (it was taken over, or `signal` says so), or its run threw what is no refusal
 * of the job: a bug, of a plugin mostly. Or it was not begun: the processes of `workers` ended in the middle of it, one after the other.
 */
export type Owned =
  | { readonly how: 'ended' } | { readonly how: 'left' } | { readonly how: 'threw'; readonly error: unknown }
  | { readonly how: 'deadly'; readonly workers: readonly string[] };

/** Rejects when the log cannot be read or written. */
export const ownJob = async (options: OwnerOptions, extracted: Extracted, signal: AbortSignal): Promise<Owned> => {
  const log = await followJob(options.transport, extracted.job, true);
  try {
    const giveFree = await options.alone();
    try {
      if (log.ended) return { how: 'ended' };
      if (signal.aborted) return { how: 'left' };
      return await tellStory(options, extracted, log, signal, giveFree);
    } finally {
      giveFree();
    }
  } finally {
    await log.close();
  }
};

const tellStory = async (
  { transport, store, plugins, worker, log: say }: OwnerOptions,
  { job, submission, tasks: tasksName }: Extracted,
  log: JobLog,
  outer: AbortSignal,
  giveFree: () => void,
): Promise<Owned> => {
  const epoch = await transport.sendAlone({ topic: 'runs', message: { v: 1, job, kind: 'claim', worker } });
  // what a former owner still told before this claim has to be known; what it tells after is ignored by everyone
  await log.caughtUp();
  say('info', `owns the job in epoch ${epoch}; ${log.answers.size} answers and ${log.told.size} messages of it are in the log`, {
    stage: 'propose',
    job,
  });
  const controller = new AbortController(),
    abort = (): void => controller.abort();
  const sending: Promise<unknown>[] = [];
  /** Told while the run goes on. What cannot be told ends it now, with the reason: nobody waits for it before the end. */
  const sends = (telling: Promise<void>): void => {
    sending.push(telling);
    telling.catch(abort);
  };
  let spoke = false;
  /** What ends the process from here on does not count against the job: it has done all that the log gives it to do, or goes by itself. */
  const alive = (): void => {
    if (spoke) return;
    spoke = true;
    sends(transport.send([{ topic: 'runs', message: { v: 1, job, kind: 'alive', epoch } }]));
    giveFree();
  };
  // what runs again from the start comes to the same place again, in whichever worker
  if (log.epoch === epoch && log.silent.length > TRIES) return { how: 'deadly', workers: log.silent.slice(0, -1) };
  const watch = (): void => {
    if (log.cancelled || log.epoch > epoch) abort();
  };
  const stopWatching = log.onChange(watch);
  outer.addEventListener('abort', abort);
  if (outer.aborted) abort();
  watch();
  const left = (): boolean => outer.aborted || log.epoch > epoch;

  const toldNow = new Set<string>();
  const tell = async (id: string, message: Extract<Outgoing, { topic: 'runs' }>['message']): Promise<void> => {
    if (log.told.has(id) || toldNow.has(id)) return;
    toldNow.add(id);
    await transport.send([{ topic: 'runs', message }]);
  };
  const tellEvent = (id: string, event: JobEvent): Promise<void> => tell(id, { v: 1, job, kind: 'event', epoch, id, event });
  const nameOf = eventNames();
  try {
    const time = logTime();
    const { builder, device, fitter } = remote({
      transport,
      store,
      log,
      job,
      submission,
      epoch,
      device: deviceFingerprint(submission),
      signal: controller.signal,
      measured: time.advance,
      waits: alive,
    });
    const tasks = unwrap(readTasks(unwrap(await store.getText(tasksName))));
    const hardware = unwrap(await plugins.hardware.get(submission.hardware)),
      strategy = unwrap(await plugins.strategies.get(submission.strategy)),
      model = unwrap(await plugins.costModels.get(submission.costModel));
    const records = toldRecords((record) => tell(record.id, { v: 1, job, kind: 'record', epoch, id: record.id, record }));
    await lastValueFrom(
      tune({
        tasks,
        hardware,
        builder,
        device,
        strategy,
        model,
        records,
        fitter,
        budget: submission.budget,
        seed: submission.seed,
        clock: time.clock,
        measuring: sideBySide,
        signal: controller.signal,
      }).pipe(
        tap((event) => {
          if (!left()) sends(tellEvent(nameOf(event), event));
        }),
      ),
    );
    await Promise.all(sending);
    if (left()) return { how: 'left' };
    await tellEvent('job-ended', { event: 'job-ended', how: log.cancelled ? 'cancelled' : 'finished', failure: null });
    return { how: 'ended' };
  } catch (error) {
    await Promise.allSettled(sending);
    if (left()) return { how: 'left' };
    if (!(error instanceof FailureError)) return { how: 'threw', error };
    await transport.send([jobFailed(job, error.failure)]);
    return { how: 'ended' };
  } finally {
    stopWatching();
    outer.removeEventListener('abort', abort);
    alive();
    await Promise.allSettled(sending);
  }
};

/** Names by what is told, not by when: batches of several tasks overlap as they happen to, but the trials of one task never change their order. */
const eventNames = (): ((event: TuningEvent) => string) => {
  const trials = new Map<string, number>();
  return (event) => {
    if (event.event === 'run-started' || event.event === 'run-finished') return event.event;
    if (event.event === 'forecast') return `forecast ${event.seconds}`;
    if (event.event !== 'trial') return `${event.event} ${event.task}`;
    const nth = (trials.get(event.task) ?? 0) + 1;
    trials.set(event.task, nth);
    return `trial ${event.task} ${nth}`;
  };
};

/**
 * Time as the log tells it, by the broker's clock alone: that of the last measurement that was handed out. So a budget of time is replayed too, and
 * no worker whose clock is wrong uses it up.
 */
const logTime = (): { readonly clock: Clock; advance(at: number): void } => {
  let first: number | null = null, last = 0;
  return {
    clock: { now: () => last - (first ?? last), time: () => new Date(last).toISOString() },
    advance: (at) => { first ??= at; last = Math.max(last, at); },
  };
};

const toldRecords = (tell: (record: TuningRecord) => Promise<void>): RecordStore => {
  const all: TuningRecord[] = [];
  return {
    faults: [],
    all: () => all,
    ofTask: (task) => all.filter((record) => record.task === task),
    append: async (record) => {
      if (all.some(({ id }) => id === record.id)) return;
      all.push(record);
      await tell(record);
    },
    close: async () => undefined,
  };
};
