/**
 * A model on its way: the host's plugins, the target, the network and its tasks. What `tune`, `compile` and `start` have in
 * common; every refusal leaves as a FailureError.
 */
import type { ExtractedTask, HardwarePlugin, RecordStore, Target } from '@loopsmith/contracts';
import { createHost, pluginSource, type Host } from '@loopsmith/host';
import { outputOf, parseSchedule, plainLayout, printDefinition, printStep, shapeOf, verifyDefinition, type Definition, type Graph, type Network, type NetworkTensor, type Schedule, type Tensor, type TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { fail, refuse, sha256, unwrap, type Outcome } from '@loopsmith/util';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { readArray } from './arrays.js';
import { defaults } from './plugins.js';
import { passPrinter, type PassChoice } from './print-ir.js';
import type { World } from './world.js';

/** Options that all commands which compile share. */
export interface CompilerOptions {
  readonly target: { readonly hardware: string; readonly isa: string };
  readonly threads: number;
  readonly plugin: readonly string[];
  readonly shape: Readonly<Record<string, readonly number[]>>;
  /** By input name: the .npy file that holds its value. */
  readonly value: ReadonlyMap<string, string>;
  /** Leaves out algorithms that trade accuracy for speed. */
  readonly exact: boolean;
  /** Which passes show the graph behind them, on standard error. */
  readonly printIr?: PassChoice;
}

export interface ModelFile { readonly name: string; readonly bytes: Uint8Array; readonly readBeside: (path: string) => Uint8Array | undefined }

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

export const readModelFile = (path: string, folder: string): ModelFile => {
  const file = resolve(folder, path);
  if (!existsSync(file)) return refuse({ code: 'model-missing', stage: 'import', message: `there is no model file ${path}; give the path of an .onnx file, or make one with \`loopsmith zoo resnet18 -o resnet18.onnx\`` });
  return {
    name: basename(file, extname(file)), bytes: readBytes(file, path),
    readBeside: (beside) => {
      const there = resolve(dirname(file), beside);
      return existsSync(there) ? readBytes(there, beside) : undefined;
    },
  };
};

const readBytes = (file: string, shown: string): Uint8Array => {
  try {
    return readFileSync(file);
  } catch (error) {
    return refuse({ code: 'file-unreadable', stage: 'import', message: `${shown} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}); give a file you may read`, text: String(error) });
  }
};

export const openHost = async (world: World, plugins: readonly string[]): Promise<Host> =>
  unwrap(await createHost([...world.plugins, ...plugins.map((name) => pluginSource(name, world.folder))]));

/** What the front end that knows the format makes of a model. `values` are inputs that become constants, beside those that the options name files for. */
export const importGraph = (world: World, host: Host, model: ModelFile, options: Pick<CompilerOptions, 'shape' | 'value'>, values: Readonly<Record<string, TensorData>> = {}): { readonly format: string; readonly graph: Graph } => {
  const frontend = host.frontends.all.find((one) => one.detects(model.bytes));
  if (!frontend) return refuse({ code: 'model-format', stage: 'import', message: `${model.name} is in no format that is known here (${host.frontends.all.map(({ id }) => id).join(', ')}); export it as ONNX` });
  const given = Object.fromEntries([...options.value].map(([name, file]) => [name, readArray(file, world.folder)]));
  return { format: frontend.id, graph: unwrap(frontend.import(model.bytes, { name: model.name, shapes: options.shape, values: { ...values, ...given }, readBeside: model.readBeside })) };
};

export const openCompiler = async (world: World, model: ModelFile, options: CompilerOptions, values: Readonly<Record<string, TensorData>> = {}): Promise<Compiler> => {
  const host = await openHost(world, options.plugin);
  const hardware = unwrap(host.hardware.get(options.target.hardware));
  const target = unwrap(await hardware.resolve(options.target.isa));
  const { graph } = importGraph(world, host, model, options, values);
  const network = unwrap(toNetwork(graph, { channelBlock: hardware.channelBlock(target), ...(options.printIr ? { onPass: passPrinter(options.printIr, (text) => world.err.write(text)) } : {}) }));
  return compilerOf({ host, hardware, target, network, threads: options.threads, modelHash: sha256(model.bytes) }, options);
};

/** A tensor expression as a network of one call; all its inputs are the network's. */
export const openDefinition = async (world: World, definition: Definition, options: CompilerOptions): Promise<Compiler> => {
  const [fault] = verifyDefinition(definition);
  if (fault) return refuse(fault);
  const known = definition.inputs.find(({ when }) => when === 'compile');
  if (known) return refuse({ code: 'definition-invalid', stage: 'graph', message: `${definition.name}: input ${known.name} is known at compile time, but a tensor expression alone has no value for it; make it a run-time input` });
  const host = await openHost(world, options.plugin);
  const hardware = unwrap(host.hardware.get(options.target.hardware));
  const target = unwrap(await hardware.resolve(options.target.isa));
  const output = outputOf(definition), inputs = definition.inputs.map(({ name }) => name);
  const tensor = (of: Tensor): readonly [string, NetworkTensor] => [of.name, { name: of.name, dtype: of.dtype, shape: shapeOf(of), layout: plainLayout(shapeOf(of)) }];
  const network: Network = {
    name: definition.name, inputs, outputs: [output.name], tensors: new Map([...definition.inputs, output].map(tensor)),
    calls: [{ name: definition.name, label: definition.name, definition, inputs, output: output.name, inPlace: null }],
  };
  return compilerOf({ host, hardware, target, network, threads: options.threads, modelHash: sha256(printDefinition(definition)) }, options);
};

const compilerOf = (parts: Omit<Compiler, 'tasks' | 'applies'>, options: CompilerOptions): Compiler => {
  const { hardware, network, target } = parts;
  return {
    ...parts,
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
