/** Jobs of a cluster as a person sees them: listed, followed with the progress of a run in one process, ended. Runs none. */
import type { RecordStore, TuningEvent, TuningRecord } from '@loopsmith/contracts';
import { openKafkaTransport } from '@loopsmith/transport-kafka';
import { budgetText } from '@loopsmith/stages';
import { FailureError, refuse, unwrap, type Failure } from '@loopsmith/util';
import type { JobEvent, Transport } from '@loopsmith/wire';
import { cancelJob, followJob, followWorkers, listJobs, type JobSummary } from '@loopsmith/workers';
import { openHost, openRecords, recordsPath } from '../compiler.js';
import { exitCodes, type ExitCode } from '../exit-codes.js';
import { count, progressPrinter } from '../progress.js';
import type { World } from '../world.js';
import { clusterSettings, type ClusterFlags, type ClusterSettings } from './settings.js';

export const withTransport = async <T>(world: World, flags: ClusterFlags, work: (transport: Transport, settings: ClusterSettings) => Promise<T>): Promise<T> => {
  const settings = unwrap(clusterSettings(world, flags));
  let stop: (failure: Failure) => void = () => undefined;
  const stopped = new Promise<never>((_, reject) => { stop = (failure) => reject(new FailureError(failure)); });
  // said by whoever waits below; nobody does while the connection is made and let go
  stopped.catch(() => undefined);
  // what the client says while a broker is away helps nobody here: it comes back by itself, or the command is ended
  const transport = unwrap(await openKafkaTransport(settings.kafka, { log: () => undefined, onStopped: (failure) => stop(failure), ...(settings.replication === undefined ? {} : { replication: settings.replication }) }));
  try {
    return await Promise.race([work(transport, settings), stopped]);
  } finally {
    // a broker that is away may hold neither what was closed nor what could not be
    setTimeout(() => process.exit(), 3000).unref();
    await transport.close();
  }
};

/** Follows a job to its end or to Ctrl-C, which leaves it running. */
export const follow = async (world: World, transport: Transport, job: string, records: RecordStore, brokers: string, options: { readonly verbose: boolean; readonly json: boolean }): Promise<{ readonly ended: Extract<JobEvent, { event: 'job-ended' }> | null; readonly failedTasks: number }> => {
  const print = options.json ? undefined : progressPrinter(world.err, { seconds: () => world.clock.now() / 1000, verbose: options.verbose });
  const kept: Promise<void>[] = [];
  let failedTasks = 0;
  const event = (one: JobEvent): void => {
    if (options.json) world.out.write(`${JSON.stringify(one)}\n`);
    if (one.event === 'task-failed') failedTasks++;
    if (one.event !== 'job-ended') print?.(one satisfies TuningEvent);
  };
  const log = await followJob(transport, job, false, { event, record: (record: TuningRecord) => kept.push(records.append(record)) });
  try {
    await world.interruptible(async (signal) => {
      await new Promise<void>((resolve) => {
        const look = (): void => { if (log.ended || signal.aborted) resolve(); };
        log.onChange(look);
        signal.addEventListener('abort', look);
        look();
      });
    }, `Leaving; the job goes on. Come back with: loopsmith jobs watch ${job} --brokers ${brokers}`);
    await Promise.all(kept);
    return { ended: log.ended, failedTasks };
  } finally {
    await log.close();
  }
};

export const outcomeCode = (world: World, ended: Extract<JobEvent, { event: 'job-ended' }> | null, failedTasks: number): ExitCode => {
  if (!ended) return exitCodes.interrupted;
  if (ended.failure) world.err.write(`loopsmith: ${ended.failure.message}\n`);
  return ended.how === 'finished' && failedTasks === 0 ? exitCodes.ok : ended.how === 'cancelled' ? exitCodes.interrupted : exitCodes.refused;
};

const found = async (transport: Transport, job: string): Promise<JobSummary> =>
  (await listJobs(transport)).find((one) => one.job === job) ?? refuse({ code: 'job-unknown', stage: 'cluster', message: `there is no job ${job}; \`loopsmith jobs list\` has their ids` });

export const watchJob = (world: World, flags: ClusterFlags, job: string, { records: file, verbose }: { readonly records?: string; readonly verbose: boolean }): Promise<ExitCode> =>
  withTransport(world, flags, async (transport, { kafka }) => {
    await found(transport, job);
    const path = recordsPath(world, file), records = await openRecords(world, await openHost(world, []), path);
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
      for (const { job, submission, time, trials, owner, ended, cancelled } of jobs) world.out.write(`${JSON.stringify({ job, model: submission.name, target: submission.target.id, budget: submission.budget, time, trials, owner, state: stateOf({ ended, cancelled, owner }) })}\n`);
      return;
    }
    for (const summary of jobs) {
      const { job, submission: { name, target, budget }, time, trials } = summary;
      world.out.write(`${job}  ${stateOf(summary).padEnd(9)}  ${name}  ${target.id}  ${budgetText(budget)}, ${count(trials, 'trial')} so far  ${time}\n`);
    }
    world.out.write(`${count(jobs.length, 'job')}, ${count(workers.length, 'worker')}${workers.length === 0 ? '' : `: ${workers.map(({ worker, stages }) => `${worker} (${stages.join(', ')})`).join('; ')}`}\n`);
  });

const stateOf = ({ ended, cancelled, owner }: Pick<JobSummary, 'ended' | 'cancelled' | 'owner'>): string => ended?.how ?? (cancelled ? 'ending' : owner === null ? 'waiting' : 'running');
