/** Measures a whole space: builds in batches, measures point by point in several rounds, writes the recorded space. Chooses no schedule. */
import { everyPoint, type Artifact, type Bench, type ExtractedTask, type Point, type Space } from '@loopsmith/contracts';
import { printRecordedSpace, recordedSpread, type RecordedPoint, type RecordedSpace } from '@loopsmith/comparison';
import { constantBytes, printSchedule } from '@loopsmith/ir';
import { candidateOf } from '@loopsmith/stages';
import { refuse, unwrap, type Outcome } from '@loopsmith/util';
import { resolve } from 'node:path';
import { withCandidateFolder } from './candidate-folder.js';
import { openCompiler, readModelFile, type Compiler, type CompilerOptions } from './compiler.js';
import { expectWritable, writeBytes } from './files.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import type { World } from './world.js';

export interface RecordOptions extends CompilerOptions {
  readonly output: string;
  readonly limit?: number;
  readonly repeats: number;
  readonly seed: number;
  readonly conditions: string;
}

const BATCH = 32;

/** Points that the draft does not refuse and that have a schedule; of those with the same schedule the first. */
export const legalPoints = (space: Space): readonly Point[] => {
  const schedules = new Set<string>();
  return [...everyPoint(space.choices)].filter((point) => {
    const schedule = space.draft(point).refused === null ? space.schedule(point) : null;
    if (!schedule?.ok) return false;
    const before = schedules.size;
    return schedules.add(printSchedule(schedule.value)).size > before;
  });
};

export const recordSpace = async (world: World, model: string, name: string, options: RecordOptions): Promise<ExitCode> => {
  expectWritable(world.folder, options.output);
  const directory = resolve(world.folder, defaults.state, 'candidates');
  return withCandidateFolder(directory, (folder) => recordInto(directory, folder, world, model, name, options));
};

const recordInto = async (directory: string, folder: string, world: World, model: string, name: string, options: RecordOptions): Promise<ExitCode> => {
  const compiler = await openCompiler(world, readModelFile(model, world.folder), options);
  const { hardware, target, threads } = compiler;
  const { task } = taskNamed(compiler, name), space = hardware.space(task);
  const all = legalPoints(space), untuned = space.untuned();
  const chosen = new Set(evenly(all, options.limit ?? all.length)).add(all.find((point) => sameValues(point, untuned))!);
  const points = all.filter((point) => chosen.has(point));
  const device = unwrap(await hardware.device(target, { threads, directory, scratch: folder, seed: options.seed, weightBytes: constantBytes(compiler.network) }));
  try {
    const builder = unwrap(await hardware.builder(target, folder));
    const bench = unwrap(await device.prepare(task));
    const done: RecordedPoint[] = [];
    let interrupted = false;
    await world.interruptible(async (signal) => {
      for (let at = 0; at < points.length && !signal.aborted; at += BATCH) {
        const batch = points.slice(at, at + BATCH), began = world.clock.now();
        const built = await builder.build(task, batch.map((point) => unwrap(candidateOf(task, space, point))));
        const buildMilliseconds = (world.clock.now() - began) / batch.length;
        const rows = batch.map((point) => ({ point, samplesNs: [] as (readonly number[])[], failure: null as string | null, measureMilliseconds: 0 }));
        // rounds over the batch, so that what the machine does in one moment does not fall on one point alone
        for (let round = 0; round < options.repeats; round++) for (const [i, row] of rows.entries()) await measureOnce(bench, built[i]!, row, round, world);
        done.push(
          ...rows.map((row) => {
            const { milliseconds, features } = space.draft(row.point);
            return { ...row, draftMilliseconds: milliseconds, features: [...features], buildMilliseconds };
          }),
        );
        world.err.write(`${done.length} of ${count(points.length, 'point')}\n`);
      }
      interrupted = signal.aborted;
    });
    if (interrupted) {
      world.err.write(`${options.output} is not written, for not every point was measured; the same command begins again\n`);
      return exitCodes.interrupted;
    }
    const recorded: RecordedSpace = {
        head: {
          v: 1,
          form: 'recorded-space',
          label: task.label,
          task: task.key,
          space: space.id,
          choices: space.choices,
          untuned,
          environment: device.environment,
          protocol: device.protocol,
          conditions: options.conditions,
          time: world.clock.time(),
        },
        points: done,
      },
      text = printRecordedSpace(recorded),
      spread = recordedSpread(recorded);
    writeBytes(world.folder, options.output, text);
    const failed = done.filter(({ failure }) => failure !== null).length;
    world.out.write(
      `Wrote ${options.output}: ${count(done.length, 'point')} of ${task.label}${failed > 0 ? `, ${failed} failed` : ''}, ${(text.length / 2 ** 20).toFixed(2)} MiB${spread === null ? '' : `; two measurements of a point are ${(100 * spread).toFixed(1)} % apart in the median`}\n`,
    );
    return exitCodes.ok;
  } finally {
    await device.close();
  }
};

interface Row { readonly samplesNs: (readonly number[])[]; failure: string | null; measureMilliseconds: number }

/** One more measurement of a row; one failure is the row's whole story. */
const measureOnce = async (bench: Bench, built: Outcome<Artifact>, row: Row, round: number, { clock }: World): Promise<void> => {
  if (row.failure !== null) return;
  if (!built.ok) { row.failure = built.failure.code; return; }
  const began = clock.now();
  const { outcome } = await bench.measure(built.value, { purpose: 'search', repeat: round, cutoffNs: null });
  if (round === 0) row.measureMilliseconds = clock.now() - began;
  if (outcome.ok) row.samplesNs.push(outcome.value.samplesNs);
  else { row.failure = outcome.failure.code; row.samplesNs.length = 0; }
};

const taskNamed = ({ tasks }: Compiler, name: string): ExtractedTask => {
  const exact = tasks.filter(({ task }) => task.key === name || task.label === name), partly = tasks.filter(({ task }) => task.label.includes(name));
  const found = exact.length > 0 ? exact : partly;
  if (found.length === 1) return found[0]!;
  return refuse({
    code: 'task-unknown',
    stage: 'records',
    message:
      found.length === 0
        ? `no task is called "${name}"; the tasks are ${tasks.map(({ task }) => task.label).join(', ')}`
        : `"${name}" is a part of ${count(found.length, 'label')} (${found.map(({ task }) => `${task.label}: ${task.key}`).join(', ')}); give one of the keys`,
  });
};

const evenly = <T>(list: readonly T[], most: number): readonly T[] =>
  most >= list.length ? list : Array.from({ length: most }, (_, i) => list[Math.floor((i * list.length) / most)]!);
const sameValues = (a: Point, b: Point): boolean => Object.keys(a).every((name) => a[name] === b[name]);
