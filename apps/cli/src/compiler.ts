/**
 * A model on its way: the host's plugins, the target, the network and its tasks. What `tune`, `compile` and `start` have in
 * common; every refusal leaves as a FailureError.
 */
import type { ExtractedTask, HardwarePlugin, ImportOptions, RecordStore, Target } from '@loopsmith/contracts';
import { createHost, pluginSource, type Host } from '@loopsmith/host';
import { outputOf, parseSchedule, plainLayout, printDefinition, printStep, shapeOf, verifyDefinition, type Definition, type Graph, type Network, type NetworkTensor, type Schedule, type Tensor, type TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks, networkOptions } from '@loopsmith/stages/tasks';
import { fail, refuse, sha256, unwrap, type Outcome } from '@loopsmith/util';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { readArray } from './arrays.js';
import { detectIn, type Model } from './model-file.js';
import { defaults } from './plugins.js';
import { passPrinter, type PassChoice } from './print-ir.js';
import { whileWaiting } from './waiting.js';
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
  /** Which passes show the graph behind them, on standard error. */
  readonly printIr?: PassChoice;
}

export interface Compiler {
  readonly host: Host;
  readonly hardware: HardwarePlugin;
  readonly target: Target;
  readonly network: Network;
  readonly tasks: readonly ExtractedTask[];
  readonly threads: number;
  /** SHA-256 of the model file, taken when asked for: to look at a model does not need it, and half a gigabyte takes longer to hash than to read. */
  readonly modelHash: () => string;
  /** Whether a step text is still a legal schedule of a task. */
  applies(task: ExtractedTask['task'], schedule: string): Outcome<Schedule>;
}

/** What a front end tells of a model that cannot be compiled as it stands, to who looks at one. */
export type Told = Pick<ImportOptions, 'onUnsupported' | 'onOpenShapes'>;

export const openHost = async (world: World, plugins: readonly string[]): Promise<Host> =>
  unwrap(await createHost([...world.plugins, ...plugins.map((name) => pluginSource(name, world.folder))]));

/**
 * What the front end that knows the format makes of a model. `values` are inputs that become constants, beside those that the options name files for.
 * With `told.onUnsupported` the part that can be imported.
 */
export const importGraph = async (
  world: World,
  host: Host,
  model: Model,
  options: Pick<CompilerOptions, 'shape' | 'value' | 'inputs' | 'outputs'>,
  values: Readonly<Record<string, TensorData>> = {},
  told: Told = {},
): Promise<{ readonly format: string; readonly graph: Graph; readonly modelHash: () => string }> => {
  const { frontend, bytes, file, readBeside, readPartsBeside, listBeside } = await detectIn(model, host.frontends);
  const given = Object.fromEntries([...options.value].map(([name, path]) => [name, readArray(path, world.folder)]));
  const { onOpenShapes } = told;
  const graph = await whileWaiting(world.err, `Reading ${model.name}`, async (clear) => unwrap(
    frontend.import(bytes, {
      name: model.name,
      file,
      shapes: options.shape,
      values: { ...values, ...given },
      readBeside,
      listBeside,
      ...(readPartsBeside ? { readPartsBeside } : {}),
      ...(options.inputs ? { inputs: options.inputs } : {}),
      ...(options.outputs ? { outputs: options.outputs } : {}),
      ...told,
      ...(onOpenShapes ? { onOpenShapes: (open) => { clear(); onOpenShapes(open); } } : {}),
    }),
  ));
  return { format: frontend.id, graph, modelHash: () => sha256(bytes) };
};

export const openCompiler = async (
  world: World,
  model: Model,
  options: CompilerOptions,
  values: Readonly<Record<string, TensorData>> = {},
  told: Told = {},
): Promise<Compiler> => {
  const host = await openHost(world, options.plugin);
  const hardware = unwrap(await host.hardware.get(options.target.hardware));
  const target = unwrap(await hardware.resolve(options.target.isa));
  const { graph, modelHash } = await importGraph(world, host, model, options, values, told);
  return whileWaiting(world.err, `Finding the tasks of ${model.name}`, async (clear) => {
    const network = unwrap(
      toNetwork(graph, {
        ...networkOptions(hardware, target),
        ...(options.printIr ? { onPass: passPrinter(options.printIr, (text) => { clear(); world.err.write(text); }) } : {}),
      }),
    );
    return compilerOf({ host, hardware, target, network, threads: options.threads, modelHash }, options);
  });
};

/** A tensor expression as a network of one call; all its inputs are the network's. */
export const openDefinition = async (world: World, definition: Definition, options: CompilerOptions): Promise<Compiler> => {
  const [fault] = verifyDefinition(definition);
  if (fault) return refuse(fault);
  const known = definition.inputs.find(({ when }) => when === 'compile');
  if (known)
    return refuse({
      code: 'definition-invalid',
      stage: 'graph',
      message: `${definition.name}: input ${known.name} is known at compile time, but a tensor expression alone has no value for it; make it a run-time input`,
    });
  const host = await openHost(world, options.plugin);
  const hardware = unwrap(await host.hardware.get(options.target.hardware));
  const target = unwrap(await hardware.resolve(options.target.isa));
  const output = outputOf(definition), inputs = definition.inputs.map(({ name }) => name);
  const tensor = (of: Tensor): readonly [string, NetworkTensor] => [of.name, { name: of.name, dtype: of.dtype, shape: shapeOf(of), layout: plainLayout(shapeOf(of)) }];
  const network: Network = {
    name: definition.name, inputs, outputs: [output.name], tensors: new Map([...definition.inputs, output].map(tensor)),
    calls: [{ name: definition.name, label: definition.name, definition, inputs, output: output.name, inPlace: null }],
  };
  return compilerOf({ host, hardware, target, network, threads: options.threads, modelHash: () => sha256(printDefinition(definition)) }, options);
};

/** From the network on: its tasks, and what a schedule is checked by. */
export const compilerOf = (parts: Omit<Compiler, 'tasks' | 'applies'>, options: CompilerOptions): Compiler => {
  const { hardware, network, target } = parts;
  return {
    ...parts,
    tasks: extractTasks(network, { target, threads: options.threads, exact: options.exact }),
    applies: (task, text) => appliesTo(hardware, task, text, options.exact),
  };
};

/** Whether a step text is a schedule that can still be built of a task; `exact`: one that trades no accuracy for speed. */
export const appliesTo = (hardware: HardwarePlugin, task: ExtractedTask['task'], text: string, exact: boolean): Outcome<Schedule> => {
  const schedule = parseSchedule(text);
  if (!schedule.ok) return schedule;
  const algorithm = exact ? schedule.value.find(({ step }) => step === 'algorithm') : undefined;
  if (algorithm) return fail({ code: 'schedule-inexact', stage: 'compile', message: `${printStep(algorithm)} trades accuracy for speed; leave out --exact, or tune with it` });
  const lowered = hardware.lower(task, schedule.value);
  return lowered.ok ? schedule : lowered;
};

/** Where records are kept when no file is named. */
export const recordsPath = (world: World, records: string | undefined): string => resolve(world.folder, records ?? `${defaults.state}/records.jsonl`);

/** Opens the record file and says what was wrong with it. A file of something else is refused: it would be told of line by line, and a run would write into it. */
export const openRecords = async (world: World, host: Host, path: string): Promise<RecordStore> => {
  const records = unwrap(await unwrap(await host.recordStores.get(defaults.recordStore)).open(path));
  if (records.faults.length > 0 && records.all().length === 0 && readFileSync(path).subarray(0, 1).toString() !== '{')
    return refuse({ code: 'records-unreadable', stage: 'records', message: `${path} is no record file, for none of its lines is a record; name one that \`loopsmith tune\` wrote, or a new one` });
  for (const fault of records.faults) world.err.write(`${fault}\n`);
  return records;
};
