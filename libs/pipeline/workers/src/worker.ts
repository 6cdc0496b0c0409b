/**
 * A worker: some of the five stages, served until it is told to stop. Says that it is there and what it measures on. Opens no
 * device, loads no plugin and reads no configuration: it is given them.
 */
import type { Builder, Device } from '@loopsmith/contracts';
import { fail, oneAtATime, succeed, type Failure, type Outcome } from '@loopsmith/util';
import type { ArtifactStore, DeviceDescription, Extracted, Outgoing, StageName, Transport } from '@loopsmith/wire';
import { buildWork } from './build-work.js';
import { deviceFingerprint } from './device-fingerprint.js';
import { extractWork, jobFailed } from './extract-work.js';
import { fitWork } from './fit-work.js';
import { deadLetter, failureOf, givenUp, TRIES } from './giving-up.js';
import type { Log } from './log.js';
import { measureWork } from './measure-work.js';
import type { Outbox } from './outbox.js';
import { ownJob } from './owner.js';
import type { WorkerPlugins } from './plugins.js';
import { serve, type Served } from './serve.js';
import { followWorkers, PRESENCE_MS } from './workers-alive.js';

export interface WorkerOptions {
  readonly name: string;
  readonly stages: readonly StageName[];
  readonly transport: Transport;
  readonly store: ArtifactStore;
  readonly outbox: Outbox;
  readonly plugins: WorkerPlugins;
  readonly log: Log;
  /** Milliseconds since 1970. */
  now(): number;
  /** For `build` and `measure`. */
  readonly builder?: Builder;
  readonly device?: { readonly device: Device; readonly description: DeviceDescription; /** Where libraries are put for it. */ readonly directory: string };
  counted(stage: StageName, what: 'answered' | 'repeated' | 'failed' | 'dead'): void;
}

export interface Worker {
  /** Finishes what is in work (a job that it owns is left to another) and says good-bye. */
  stop(): Promise<void>;
}

/** Requests that a worker holds at a time: one in work, some that wait, some whose answers are on their way. */
const PLACES = 16;
/** Jobs one worker owns at a time: they mostly wait. */
const JOBS = 16;

export const startWorker = async (options: WorkerOptions): Promise<Outcome<Worker>> => {
  const { name, stages, transport, store, outbox, plugins, log, now, builder, device } = options;
  const other = device && await otherDevice(transport, name, device.description, now);
  if (other) return fail(other);
  const leaving = new AbortController(), served: Served[] = [];
  const answering = { worker: name, now };
  const time = (): string => new Date(now()).toISOString();
  const common = (stage: StageName) => ({
    stage, transport, outbox, worker: name, log, time, jobOf: ({ job }: { readonly job: string }) => job,
    counted: (what: 'answered' | 'repeated' | 'failed' | 'dead') => options.counted(stage, what),
  });
  /** Of a stage that is asked for with requests. */
  const requested = (stage: StageName) => ({ ...common(stage), places: PLACES, idOf: ({ id }: { readonly id: string }) => id });
  const gaveUp = (request: { readonly id: string; readonly job: string }, failure: Failure) =>
    ({ v: 1, id: request.id, job: request.job, worker: name, at: now(), outcome: fail(failure) }) as const;
  const open: { readonly [K in StageName]: () => Promise<Served> } = {
    extract: () => serve({
      ...common('extract'), topic: 'jobs', answers: 'extracted', places: 1,
      idOf: (message) => (message.kind === 'submitted' ? message.job : `${message.job}-cancelled`),
      work: extractWork(plugins, store), giveUp: ({ job }, failure) => [jobFailed(job, failure)],
    }),
    propose: async () => propose(options, leaving.signal),
    build: () => serve({
      ...requested('build'), topic: 'build', answers: 'built',
      work: buildWork(needed(builder, 'builder'), store, answering), giveUp: (request, failure): readonly Outgoing[] => [{ topic: 'built', message: gaveUp(request, failure) }],
    }),
    measure: async () => {
      const { device: opened, description, directory } = needed(device, 'device');
      const measuring = measureWork(opened, deviceFingerprint(description), directory, store, answering);
      const serving = await serve({
        ...requested('measure'), topic: 'measure', answers: 'measured',
        work: measuring.work, giveUp: (request, failure): readonly Outgoing[] => [{ topic: 'measured', message: { ...gaveUp(request, failure), lost: [] } }],
      });
      return { close: async () => { await serving.close(); await measuring.close(); } };
    },
    fit: () => serve({
      ...requested('fit'), topic: 'fit', answers: 'fitted',
      work: fitWork(plugins, store, answering), giveUp: (request, failure): readonly Outgoing[] => [{ topic: 'fitted', message: gaveUp(request, failure) }],
    }),
  };
  for (const stage of stages) served.push(await open[stage]());

  const present = (gone: boolean): Promise<void> =>
    transport.send([{ topic: 'workers', message: { v: 1, worker: name, stages, at: now(), leaving: gone, device: device?.description ?? null } }]);
  await present(false);
  let saying = false;
  const timer = setInterval(() => {
    if (saying) return;
    saying = true;
    present(false).catch((error: unknown) => { log('warn', `this worker could not say that it is there: ${String(error)}`); }).finally(() => { saying = false; });
  }, PRESENCE_MS);
  return succeed({
    stop: async () => {
      clearInterval(timer);
      leaving.abort();
      await Promise.all(served.map((one) => one.close()));
      await present(true);
    },
  });
};

const needed = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`this stage needs a ${what}`);
  return value;
};

/**
 * Owns jobs: each stays unacknowledged until it has ended, so that the group gives it to another worker when this one dies. A job
 * whose run throws is tried again, a few times on this worker, crashes between them counted; then it ends as failed, with the reason. So does one
 * in whose run the processes of a few workers ended, whichever they were.
 */
const propose = ({ name, transport, store, outbox, plugins, log, now, counted }: WorkerOptions, leaving: AbortSignal): Served => {
  const channel = transport.receive('extracted', {
    group: 'propose',
    concurrency: JOBS,
    onUnreadable: async (_, failure) => {
      log('error', failure.message, { stage: 'propose' });
    },
  });
  const queue = oneAtATime();
  /** Whoever has the place is given how to give it free. */
  const alone = (): Promise<() => void> => new Promise((granted) => { void queue(() => new Promise<void>((giveFree) => { granted(giveFree); })); });
  const giveUp = async (extracted: Extracted, attempts: number, reason: Failure): Promise<void> => {
    const { job } = extracted;
    await transport.send([
      deadLetter({ topic: 'extracted', id: job, worker: name, attempts, reason, text: JSON.stringify(extracted), time: new Date(now()).toISOString() }),
      jobFailed(job, reason),
    ]);
    counted('propose', 'dead');
    log('error', `given up: ${reason.message}`, { stage: 'propose', job });
  };
  /** True when the job has ended. */
  const own = async (extracted: Extracted, signal: AbortSignal): Promise<boolean> => {
    // the extract stage of this worker counts the same job by its bare id; only tries that threw are counted, for a worker may be stopped in the
    // middle of a job any number of times
    const { job } = extracted, fields = { stage: 'propose', job }, tries = `run ${job}`;
    const owned = await ownJob({ transport, store, plugins, worker: name, log, alone }, extracted, signal);
    if (owned.how === 'deadly') {
      await giveUp(extracted, owned.workers.length, endedBy(owned.workers));
      outbox.sent(tries);
      return true;
    }
    if (owned.how !== 'threw') {
      log('info', owned.how === 'ended' ? 'the job has ended' : 'the job is left to another worker', fields);
      counted('propose', owned.how === 'ended' ? 'answered' : 'failed');
      if (owned.how === 'ended') outbox.sent(tries);
      return owned.how === 'ended';
    }
    const attempts = outbox.begin(tries), failure = failureOf(owned.error, 'propose');
    counted('propose', 'failed');
    log('warn', `the run of the job threw: ${failure.text ?? failure.message} (try ${Math.min(attempts, TRIES)} of ${TRIES})`, fields);
    if (attempts < TRIES) return false;
    await giveUp(extracted, attempts, givenUp(failure, 'propose', name));
    outbox.sent(tries);
    return true;
  };
  const subscription = channel.deliveries$.subscribe(({ value, revoked, ack, nack }) => {
    own(value, AbortSignal.any([leaving, revoked])).then((ended) => { if (ended) ack(); else nack('to be tried again'); }, (error: unknown) => {
      counted('propose', 'failed');
      log('error', `the job could not be followed or told: ${error instanceof Error ? error.stack ?? error.message : String(error)}`, { stage: 'propose', job: value.job });
      nack(error);
    });
  });
  return { close: async () => { await channel.close(); subscription.unsubscribe(); } };
};

const endedBy = (workers: readonly string[]): Failure => ({
  code: 'infrastructure',
  stage: 'propose',
  message: `the process of the worker ended ${workers.length} times in the middle of this job (${workers.join(', ')}): by a plugin that ends it or crashes, or for lack of memory; what its last words are is in the worker's log`,
});

/** All devices of one prefix are of one kind: measurements are shared among whoever is free. */
const otherDevice = async (transport: Transport, name: string, description: DeviceDescription, now: () => number): Promise<Failure | null> => {
  const alive = await followWorkers(transport, now);
  const other = alive.list().find(({ worker, device }) => worker !== name && device && deviceFingerprint(device) !== deviceFingerprint(description));
  await alive.close();
  if (!other?.device) return null;
  const { environment: { cpu, isa, threads } } = other.device;
  return {
    code: 'device-differs',
    stage: 'measure',
    message: `worker ${other.worker} measures on another device already (${cpu}, ${isa}, ${threads} thread${threads === 1 ? '' : 's'}); give each kind of device a --prefix of its own`,
  };
};
