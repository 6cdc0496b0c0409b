/** One tuning run with its screen: opens device and builder, runs `tune`, prints progress, sums up. Measures nothing itself. */
import { ofThePlace, type RecordStore, type TuningEvent, type TuningRecord } from '@loopsmith/contracts';
import { constantBytes, parseSchedule } from '@loopsmith/ir';
import { bestSchedules, coresFor, printLogEntry, tune, type BestOfTask, type Budget, type RunLogEntry } from '@loopsmith/stages';
import { allowedCpus } from '@loopsmith/runtime';
import { unwrap, type Failure } from '@loopsmith/util';
import { appendFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { tap, lastValueFrom } from 'rxjs';
import { withCandidateFolder } from './candidate-folder.js';
import type { Compiler } from './compiler.js';
import { writeBytes } from './files.js';
import { namingErrors, namingModelErrors } from './naming-plugins.js';
import { defaults } from './plugins.js';
import { count, progressPrinter } from './progress.js';
import type { World } from './world.js';

export interface TuningOptions {
  readonly budget: Budget;
  readonly strategy: string;
  readonly model: string;
  readonly seed: number;
  readonly verbose: boolean;
  /** Where nothing can be measured: answers checked, times modelled. */
  readonly modelled?: boolean;
  /** Writes every event as a JSON line to `out` in place of the progress on `err`. */
  readonly json: boolean;
  /** Where the log of the run is written, for `replay`. */
  readonly log?: string;
  /** Takes every event in place of both. */
  readonly onEvent?: (event: TuningEvent) => void;
}

export interface TuningSummary {
  readonly interrupted: boolean;
  readonly failedTasks: number;
  /** Per task, in the order of the compiler's tasks. */
  readonly best: readonly BestOfTask[];
}

export const runTuning = (world: World, compiler: Compiler, records: RecordStore, options: TuningOptions): Promise<TuningSummary> =>
  withCandidateFolder(resolve(world.folder, defaults.state, 'candidates'), (folder) => tuneInto(folder, world, compiler, records, options));

const tuneInto = async (folder: string, world: World, compiler: Compiler, records: RecordStore, options: TuningOptions): Promise<TuningSummary> => {
  const { hardware, target, threads, tasks, host, network } = compiler;
  const strategy = namingErrors(unwrap(await host.strategies.get(options.strategy))), model = namingModelErrors(unwrap(await host.costModels.get(options.model)));
  const directory = resolve(world.folder, defaults.state, 'candidates');
  const device = unwrap(
    await hardware.device(target, {
      threads,
      directory,
      scratch: folder,
      seed: options.seed,
      weightBytes: constantBytes(network),
      modelled: options.modelled === true,
    }),
  );
  if (!options.modelled && threads > world.cores)
    world.err.write(`${threads} threads share the ${count(world.cores, 'core')} of this machine: they wait for each other, and what is fast here says little of a machine that has a core for each\n`);
  if (options.modelled) world.err.write(`Modelled, not measured: answers are checked under ${device.environment.os}, times are those of the draft model\n`);
  try {
    const { lanes, measuring, quiet } = coresFor(allowedCpus(), device.cpus ?? []);
    const builder = unwrap(await hardware.builder(target, folder, lanes));
    const tell =
      options.onEvent ??
      (options.json
        ? (event: TuningEvent): void => {
            world.out.write(`${JSON.stringify(event)}\n`);
          }
        : progressPrinter(world.err, { seconds: () => world.clock.now() / 1000, verbose: options.verbose }));
    let interrupted = false, failedTasks = 0, spent = false, proposed = 0;
    const ofPlace: Failure[] = [];
    if (options.log !== undefined) writeBytes(world.folder, options.log, new Uint8Array());
    const log = options.log === undefined ? undefined : resolve(world.folder, options.log);
    const before = records.all().length;
    await world.interruptible(async (signal) => {
      await lastValueFrom(tune({
        tasks, hardware, builder, device, strategy, model, records, signal,
        budget: options.budget, seed: options.seed, clock: world.clock, measuring, quiet,
        ...(log === undefined ? {} : { log: (entry: RunLogEntry): void => appendFileSync(log, `${printLogEntry(entry)}\n`) }),
      }).pipe(tap((event) => {
        tell(event);
        if (event.event === 'task-failed') failedTasks++;
        if (event.event === 'trial' && event.purpose === 'search') proposed++;
        if (event.event === 'trial' && event.failure && ofThePlace(event.failure)) ofPlace.push(event.failure);
        if (event.event === 'task-finished') spent ||= event.reason === 'budget spent';
        if (event.event === 'run-finished') interrupted = event.interrupted;
      })));
    });
    const silent = options.json || options.onEvent !== undefined || failedTasks === tasks.length, [first] = ofPlace;
    if (first && !silent)
      world.err.write(`${count(ofPlace.length, 'candidate')} failed through no fault of ${ofPlace.length === 1 ? 'its' : 'their'} own, the first because ${first.message}; nothing of that is recorded, and the same command tries again\n`);
    const searched = tasks.some(({ task }) => new Set(records.ofTask(task.key).map(({ schedule }) => schedule)).size > 1);
    if (!searched && !first && !interrupted && !silent)
      world.err.write(
        // a strategy may propose the untuned schedule too, once
        spent && proposed <= tasks.length
          ? 'Nothing was searched: all of the budget went to the untuned schedules, one of each task; the same command with more goes on from there\n'
          : `Nothing was searched: the search strategy ${strategy.id} proposed nothing that can be built beside the untuned schedule of each task; take another --strategy, unless every task has one point by \`loopsmith extract\`\n`,
      );
    // what this run has built applies; anything else is lowered to be sure
    const keyOf = ({ task, schedule }: Pick<TuningRecord, 'task' | 'schedule'>): string => `${task} ${schedule}`;
    const built = new Set(records.all().slice(before).filter(({ outcome }) => outcome.ok).map(keyOf));
    const best = bestSchedules(
      records.all(),
      tasks.map(({ task }) => task),
      { environment: device.environment, protocol: device.protocol, kind: options.modelled ? 'modelled' : 'measured',
        applies: (task, text) => (built.has(keyOf({ task: task.key, schedule: text })) ? parseSchedule(text) : compiler.applies(task, text)) },
    );
    return { interrupted, failedTasks, best };
  } finally {
    await device.close();
  }
};

/** The sum of kernel times over the network's calls, tuned and untuned, or null when one of them is not known. */
export const forecast = ({ tasks }: Compiler, best: readonly BestOfTask[]): { readonly tunedMs: number; readonly untunedMs: number } | null => {
  let tuned = 0, untuned = 0;
  for (const [i, { calls }] of tasks.entries()) {
    const found = best[i]?.found;
    if (!found || found.untunedNs === null) return null;
    tuned += calls.length * found.medianNs;
    untuned += calls.length * found.untunedNs;
  }
  return { tunedMs: tuned / 1e6, untunedMs: untuned / 1e6 };
};
