/** Jobs of a cluster as a person sees them: listed, followed with the progress of a run in one process, ended. Runs none. */
import type { RecordStore, TuningEvent, TuningRecord } from '@loopsmith/contracts';
import { openKafkaTransport } from '@loopsmith/transport-kafka';
import { budgetText, takingIn } from '@loopsmith/stages';
import { FailureError, refuse, unwrap, type Failure } from '@loopsmith/util';
import type { JobEvent, Transport } from '@loopsmith/wire';
import { cancelJob, followJob, followWorkers, listJobs, type JobSummary } from '@loopsmith/workers';
import { openHost, recordsPath } from '../compiler.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { count, progressPrinter } from '../progress.js';
import { openRecordsToWrite } from '../record-lock.js';
import type { World } from '../world.js';
import { letGo } from './letting-go.js';
import { clusterSettings, type ClusterFlags, type ClusterSettings } from './settings.js';

export const withTransport = async <T>(world: World, flags: ClusterFlags, work: (transport: Transport, settings: ClusterSettings) => Promise<T>): Promise<T> => {
  const settings = unwrap(clusterSettings(world, flags));
  let stop: (failure: Failure) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => { stop = (failure) => reject(new FailureError(failure)); });
  // said by whoever waits below; nobody does while the connection is made and let go
  stopped.catch(() => undefined);
  // what the client says while a broker is away helps nobody here: it comes back by itself, or the command is ended
  const transport = unwrap(
    await openKafkaTransport(settings.kafka, {
      log: () => undefined,
      onStopped: (failure) => stop(failure),
      ...(settings.replication === undefined ? {} : { replication: settings.replication }),
    }),
  );
  try {
    return await Promise.race([work(transport, settings), stopped]);
  } finally {
    await letGo(transport);
  }
};

interface FollowOptions { readonly verbose: boolean; readonly json: boolean }
type Ended = Extract<JobEvent, { event: 'job-ended' }>;

/** Follows a job to its end or to Ctrl-C, which leaves it running. Rejects with the first record that cannot be kept. */
export const follow = async (
  world: World,
  transport: Transport,
  job: string,
  records: RecordStore,
  brokers: string,
  options: FollowOptions,
): Promise<{ readonly ended: Ended | null; readonly failedTasks: number }> => {
  const print = options.json ? undefined : progressPrinter(world.err, { seconds: () => world.clock.now() / 1000, verbose: options.verbose });
  const kept: Promise<void>[] = [], takeIn = takingIn(records);
  let failedTasks = 0,
    lost: { readonly error: unknown } | null = null,
    look = (): void => undefined;
  const event = (one: JobEvent): void => {
    if (options.json) world.out.write(`${JSON.stringify(one)}\n`);
    if (one.event === 'task-failed') failedTasks++;
    if (one.event !== 'job-ended') print?.(one satisfies TuningEvent);
  };
  const keep = async (record: TuningRecord): Promise<void> => {
    try {
      await takeIn(record);
    } catch (error) {
      // hours may pass until the job ends: a full disk is said now
      lost ??= { error };
      look();
    }
  };
  const log = await followJob(transport, job, false, { event, record: (record) => kept.push(keep(record)) });
  try {
    await world.interruptible(async (signal) => {
      await new Promise<void>((resolve) => {
        look = () => {
          if (log.ended || signal.aborted || lost) resolve();
        };
        log.onChange(look);
        signal.addEventListener('abort', look);
        look();
      });
    }, `Leaving; the job goes on. Come back with: loopsmith jobs watch ${job} --brokers ${brokers}`);
    await Promise.all(kept);
    rethrown(lost);
    return { ended: log.ended, failedTasks };
  } finally {
    await log.close();
  }
};

const rethrown = (lost: { readonly error: unknown } | null): void => { if (lost) throw lost.error; };

export const outcomeCode = (world: World, ended: Ended | null, failedTasks: number): ExitCode => {
  if (!ended) return exitCodes.interrupted;
  if (ended.failure) world.err.write(`loopsmith: ${ended.failure.message}\n`);
  if (ended.how === 'cancelled') return exitCodes.interrupted;
  return ended.how === 'finished' && failedTasks === 0 ? exitCodes.ok : exitCodes.refused;
};

const found = async (transport: Transport, job: string): Promise<JobSummary> =>
  (await listJobs(transport)).find((one) => one.job === job) ??
  refuse({ code: 'job-unknown', stage: 'cluster', message: `there is no job ${job}; \`loopsmith jobs list\` has their ids` });

export const watchJob = (world: World, flags: ClusterFlags, job: string, { records: file, verbose }: { readonly records?: string; readonly verbose: boolean }): Promise<ExitCode> =>
  withTransport(world, flags, async (transport, { kafka }) => {
    await found(transport, job);
    const path = recordsPath(world, file), records = await openRecordsToWrite(world, await openHost(world, []), path);
    try {
      const { ended, failedTasks } = await follow(world, transport, job, records, kafka.brokers.join(','), { verbose, json: false });
      world.out.write(`Records: ${path}\n`);
      return outcomeCode(world, ended, failedTasks);
    } finally {
      await records.close();
    }
  });

export const cancel = (world: World, flags: ClusterFlags, job: string): Promise<void> =>
  withTransport(world, flags, async (transport) => {
    const { ended } = await found(transport, job);
    if (ended) return refuse({ code: 'job-ended', stage: 'cluster', message: `job ${job} has ended already (${ended.how}); there is nothing to cancel` });
    await cancelJob(transport, job, world.clock.time());
    world.out.write(`Job ${job} ends after the candidates that are being measured.\n`);
  });

export const printJobs = (world: World, flags: ClusterFlags, json: boolean): Promise<void> =>
  withTransport(world, flags, async (transport) => {
    const jobs = await listJobs(transport), alive = await followWorkers(transport, () => Date.parse(world.clock.time()));
    const workers = alive.list();
    await alive.close();
    if (json) {
      for (const summary of jobs) {
        const { job, submission: { name, target, budget }, time, trials, owner } = summary;
        world.out.write(`${JSON.stringify({ job, model: name, target: target.id, budget, time, trials, owner, state: stateOf(summary) })}\n`);
      }
      return;
    }
    for (const summary of jobs) {
      const { job, submission: { name, target, budget }, time, trials } = summary;
      world.out.write(`${job}  ${stateOf(summary).padEnd(9)}  ${name}  ${target.id}  ${budgetText(budget)}, ${count(trials, 'trial')} so far  ${time}\n`);
    }
    const who = workers.map(({ worker, stages }) => `${worker} (${stages.join(', ')})`).join('; ');
    world.out.write(`${count(jobs.length, 'job')}, ${count(workers.length, 'worker')}${who === '' ? '' : `: ${who}`}\n`);
  });

const stateOf = ({ ended, cancelled, owner }: JobSummary): string => {
  if (ended) return ended.how;
  if (cancelled) return 'ending';
  return owner === null ? 'waiting' : 'running';
};
