/** From records to a folder: the best schedule of every task, the memory plan, and the hardware plugin's packaging. Prints nothing. */
import { everyPoint, type Environment, type FigureKind, type HardwarePlugin, type PackageReport, type RecordStore, type Space, type Target } from '@loopsmith/contracts';
import { constantBytes, printSchedule, type Schedule } from '@loopsmith/ir';
import { planMemory } from '@loopsmith/lowering';
import { bestSchedules } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { existsSync, rmSync } from 'node:fs';
import { openRecords, recordsPath, type Compiler } from './compiler.js';
import { makeFolder } from './files.js';
import { openExistingRecords } from './record-commands.js';
import type { World } from './world.js';

/** Where the schedule of a task came from. `record`: the one that won a search, null where it is untuned. `miss`: why it is, null when untuned was asked for. */
export interface ChosenSchedule { readonly schedule: Schedule; readonly record: string | null; readonly label: string; readonly miss: string | null }
export interface CompiledModel {
  readonly chosen: readonly ChosenSchedule[];
  readonly tuned: number;
  readonly report: PackageReport;
}

/** Why tasks are untuned, a line each; what holds for many of them is said once. */
export const missLines = (chosen: readonly ChosenSchedule[]): readonly string[] => {
  const labels = new Map<string, string[]>();
  for (const { label, miss } of chosen) if (miss !== null) labels.set(miss, [...(labels.get(miss) ?? []), label]);
  return [...labels].flatMap(([miss, of]) =>
    of.length > LISTED ? [`  untuned: ${of.length} tasks, such as ${of[0]!}: ${miss}`] : of.map((label) => `  untuned: ${label}: ${miss}`),
  );
};
const LISTED = 3;

/** Records to choose from. A file that was named has to be there: a slip of the pen would compile everything untuned. Those of this folder may not be made yet. */
export const recordsToChooseFrom = (world: World, { host }: Compiler, plugins: readonly string[], file: string | undefined): Promise<RecordStore> =>
  (file === undefined ? openRecords(world, host, recordsPath(world, undefined)) : openExistingRecords(world, plugins, file));

/** Picks schedules from `records`, or the untuned ones when that is null; `place` says which records hold here, `kind` which of their figures count. */
export const compileModel = async (
  world: Pick<World, 'interruptible'>,
  compiler: Compiler,
  records: RecordStore | null,
  place: Place | null,
  directory: string,
  kind: FigureKind = 'measured',
): Promise<CompiledModel> => {
  const { hardware, target, network, tasks, threads, modelHash } = compiler;
  const best =
    records &&
    bestSchedules(
      records.all(),
      tasks.map(({ task }) => task),
      { environment: place?.environment ?? null, protocol: place?.protocol ?? null, kind, applies: (task, text) => compiler.applies(task, text) },
    );
  const chosen = tasks.map(({ task }, i): ChosenSchedule => {
    const found = best?.[i]?.found, space = hardware.space(task);
    if (found && !found.searched && offersMore(space)) return { schedule: found.schedule, record: null, label: task.label, miss: 'only its untuned schedule was tried so far' };
    if (found) return { schedule: found.schedule, record: found.record.id, label: task.label, miss: null };
    return { schedule: unwrap(space.schedule(space.untuned())), record: null, label: task.label, miss: best?.[i]?.reason ?? null };
  });
  const ofCall = new Map(
    tasks.flatMap(({ task, calls }, i) => calls.map((call) => [call, { task, schedule: chosen[i]!.schedule, record: chosen[i]!.record }] as const)),
  );
  const report = await inFolder(directory, async () =>
    unwrap(
      await world.interruptible(
        (signal) =>
          hardware.package({
            network,
            memory: planMemory(network),
            target,
            threads,
            modelHash: modelHash(),
            directory,
            signal,
            kernels: network.calls.map(({ name }) => ofCall.get(name)!),
          }),
        'Stopping; Ctrl-C again ends at once.',
      ),
    ),
  );
  return { chosen, tuned: chosen.filter(({ record }) => record !== null).length, report };
};

/** Makes the folder for work that writes into it, and takes it back where the work fails: half a library is none. One that was there before stays. */
const inFolder = async <T>(directory: string, work: () => Promise<T>): Promise<T> => {
  const there = existsSync(directory);
  makeFolder('', directory);
  try {
    return await work();
  } catch (error) {
    if (!there) rmSync(directory, { recursive: true, force: true });
    throw error;
  }
};

/** Whether a search has more to try than the untuned schedule. Points that make the same schedule are one candidate, which is measured once. */
export const offersMore = (space: Pick<Space, 'choices' | 'schedule'>): boolean => {
  let first: string | null = null;
  for (const point of everyPoint(space.choices)) {
    const schedule = space.schedule(point);
    if (!schedule.ok) continue;
    const text = printSchedule(schedule.value);
    first ??= text;
    if (text !== first) return true;
  }
  return false;
};

/** What a device says of the place where kernels would run if they ran here. */
export interface Place { readonly environment: Environment; readonly protocol: string; readonly limitFlops: number | null }

/** Null when this machine cannot run the target, as when compiling for another. `measureLimit`: also ask what its cores reach at best. */
export const placeOf = ({ hardware, target, threads, network }: Compiler, directory: string, measureLimit: boolean): Promise<Place | null> =>
  deviceFacts(hardware, target, threads, directory, measureLimit, constantBytes(network));

/** `weightBytes`: see `DeviceOptions`; 0 for who asks nothing that depends on it. */
export const deviceFacts = async (hardware: HardwarePlugin, target: Target, threads: number, directory: string, measureLimit: boolean, weightBytes = 0): Promise<Place | null> => {
  const device = await hardware.device(target, { threads, directory, seed: 0, weightBytes });
  if (!device.ok) return null;
  try {
    const limit = measureLimit ? await device.value.limit?.() : undefined;
    return { environment: device.value.environment, protocol: device.value.protocol, limitFlops: limit?.ok ? limit.value : null };
  } finally {
    await device.value.close();
  }
};
