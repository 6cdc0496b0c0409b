/**
 * A model on its way: the host's plugins, the target, the network and its tasks. What `tune`, `compile` and `start` have in
 * common; every refusal leaves as a FailureError.
 */
import type { ExtractedTask, HardwarePlugin, RecordStore, Target } from '@loopsmith/contracts';
import { createHost, pluginSource, type Host } from '@loopsmith/host';
import { parseSchedule, printStep, type Network, type Schedule, type TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { fail, sha256, unwrap, type Outcome } from '@loopsmith/util';
import { resolve } from 'node:path';
import { readArray } from './arrays.js';
import { detectModel, type Model } from './model-file.js';
import { defaults } from './plugins.js';
import type { World } from './world.js';

export { readModelFile, type Model } from './model-file.js';

/** Options that all commands which compile share. */
export interface CompilerOptions {
  readonly target: { readonly hardware: string; readonly isa: string };
  readonly threads: number;
  readonly plugin: readonly string[];
  readonly shape: Readonly<Record<string, readonly number[]>>;
  /** By input name: the .npy file that holds its value. */
  readonly value: ReadonlyMap<string, string>;
  /** Cuts of the model by names of its tensors; absent: the model's own. */
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** Leaves out algorithms that trade accuracy for speed. */
  readonly exact: boolean;
}

export interface Compiler {
  readonly host: Host;
  readonly hardware: HardwarePlugin;
  readonly target: Target;
  readonly network: Network;
  readonly tasks: readonly ExtractedTask[];
  readonly threads: number;
  /** SHA-256 of the model file. */
  readonly modelHash: string;
  /** Whether a step text is still a legal schedule of a task. */
  applies(task: ExtractedTask['task'], schedule: string): Outcome<Schedule>;
}

export const openHost = async (world: World, plugins: readonly string[]): Promise<Host> =>
  unwrap(await createHost([...world.plugins, ...plugins.map((name) => pluginSource(name, world.folder))]));

/** `values` are inputs that become constants, beside those that the options name files for. */
export const openCompiler = async (world: World, model: Model, options: CompilerOptions, values: Readonly<Record<string, TensorData>> = {}): Promise<Compiler> => {
  const host = await openHost(world, options.plugin);
  const hardware = unwrap(host.hardware.get(options.target.hardware));
  const target = unwrap(await hardware.resolve(options.target.isa));
  const { frontend, bytes, file, readBeside, listBeside } = detectModel(model, host.frontends.all);
  const given = Object.fromEntries([...options.value].map(([name, file]) => [name, readArray(file, world.folder)]));
  const graph = unwrap(frontend.import(bytes, {
    name: model.name, file, shapes: options.shape, values: { ...values, ...given }, readBeside, listBeside,
    ...(options.inputs ? { inputs: options.inputs } : {}), ...(options.outputs ? { outputs: options.outputs } : {}),
  }));
  const network = unwrap(toNetwork(graph, { channelBlock: hardware.channelBlock(target) }));
  return {
    host, hardware, target, network, threads: options.threads, modelHash: sha256(bytes),
    tasks: extractTasks(network, { target, threads: options.threads, exact: options.exact }),
    applies: (task, text) => {
      const schedule = parseSchedule(text);
      if (!schedule.ok) return schedule;
      const algorithm = options.exact ? schedule.value.find(({ step }) => step === 'algorithm') : undefined;
      if (algorithm) return fail({ code: 'schedule-inexact', stage: 'compile', message: `${printStep(algorithm)} trades accuracy for speed; leave out --exact, or tune with it` });
      const lowered = hardware.lower(task, schedule.value);
      return lowered.ok ? schedule : lowered;
    },
  };
};

/** Where records are kept when no file is named. */
export const recordsPath = (world: World, records: string | undefined): string => resolve(world.folder, records ?? `${defaults.state}/records.jsonl`);

/** Opens the record file and says what was wrong with it. */
export const openRecords = async (world: World, host: Host, path: string): Promise<RecordStore> => {
  const records = unwrap(await unwrap(host.recordStores.get(defaults.recordStore)).open(path));
  for (const fault of records.faults) world.err.write(`${fault}\n`);
  return records;
};
