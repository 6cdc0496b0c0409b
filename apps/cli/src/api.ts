/**
 * The typed API: what `loopsmith tune` and `loopsmith compile` do, for programs. Models are files, bytes, or a tensor
 * expression of your own. Prints nothing; every refusal is a FailureError with the message that the command line shows.
 */
import type { Definition } from '@loopsmith/ir';
import { refuse } from '@loopsmith/util';
import { resolve } from 'node:path';
import { budgetOptions, checkOptions, compileOptions, expectValue, refuseOption, tuneOptions, type CompileOptions, type ModelOptions, type TuneOptions } from './api-options.js';
import { openCompiler, openDefinition, readModelFile, recordsPath, type Compiler, type CompilerOptions } from './compiler.js';
import { openRecordsToWrite } from './record-lock.js';
import { compileModel, placeOf, recordsToChooseFrom } from './compiling.js';
import { nodeWorld } from './node-world.js';
import { defaultBudget } from './option-values.js';
import { defaults } from './plugins.js';
import { runTuning } from './tuning.js';
import { platformFault } from './platform.js';
import { readTargetName } from './target-name.js';
import type { World } from './world.js';

export type { CompileOptions, ModelOptions, TuneOptions } from './api-options.js';

/** The path of a model file, its bytes, or a tensor expression (`parseDefinition` reads one from text). */
export type Model = string | Uint8Array | Definition;

export interface TunedTask {
  readonly task: string;
  readonly label: string;
  /** Null where no right candidate was found; `reason` says why. */
  readonly best: { readonly record: string; readonly schedule: string; readonly medianNs: number; readonly intervalNs: readonly [number, number]; readonly gflops: number } | null;
  readonly reason: string | null;
}
export interface TuneResult { readonly interrupted: boolean; readonly records: string; readonly tasks: readonly TunedTask[] }
export interface CompileResult {
  readonly directory: string;
  /** Per task: the record its schedule comes from, or why it is untuned. */
  readonly kernels: readonly { readonly label: string; readonly record: string | null; readonly reason: string | null }[];
  readonly libraryBytes: number;
  readonly weightBytes: number;
  readonly arenaBytes: number;
}

/** Measures candidates for every task of a model and keeps every measurement; the same call goes on where it stopped. */
export const tune = async (model: Model, options: TuneOptions = {}): Promise<TuneResult> => {
  checkOptions('tune', options, tuneOptions);
  const { strategy = defaults.strategy, model: costModel = defaults.model, seed = 1, signal } = options;
  const budget = budgetOf(options.budget), world = silentWorld(options.folder, signal);
  const compiler = await compilerOf(world, model, options), path = recordsPath(world, options.records);
  const records = await openRecordsToWrite(world, compiler.host, path);
  try {
    const { interrupted, best } = await runTuning(world, compiler, records, {
      budget, strategy, model: costModel, seed, verbose: false, json: false, onEvent: options.onEvent ?? (() => undefined),
    });
    const tasks = best.map(({ task, found, reason }): TunedTask => ({
      task: task.key, label: task.label, reason,
      best: found && { record: found.record.id, schedule: found.record.schedule, medianNs: found.medianNs, intervalNs: found.intervalNs, gflops: task.flops / found.medianNs },
    }));
    return { interrupted, records: path, tasks };
  } finally {
    await records.close();
  }
};

/** Writes the deployable folder of a model: library, header, weights, manifest, `run` program. */
export const compile = async (model: Model, directory: string, options: CompileOptions = {}): Promise<CompileResult> => {
  checkOptions('compile', options, compileOptions);
  expectValue('directory', directory, { wanted: 'the path of the folder to write', is: (value) => typeof value === 'string' && value !== '' });
  const world = silentWorld(options.folder), compiler = await compilerOf(world, model, options), target = resolve(world.folder, directory);
  const records = options.records === null ? null : await recordsToChooseFrom(world, compiler, options.plugins ?? [], options.records);
  try {
    const place = records && await placeOf(compiler, resolve(world.folder, defaults.state, 'candidates'), false);
    const { chosen, report: { libraryBytes, weightBytes, arenaBytes } } = await compileModel(world, compiler, records, place, target);
    return { directory: target, kernels: chosen.map(({ label, record, miss }) => ({ label, record, reason: miss })), libraryBytes, weightBytes, arenaBytes };
  } finally {
    await records?.close();
  }
};

const budgetOf = (budget: TuneOptions['budget']): Parameters<typeof runTuning>[3]['budget'] => {
  if (budget === undefined) return defaultBudget;
  checkOptions('budget', budget, budgetOptions, 'budget.');
  if ('trials' in budget && Object.keys(budget).length > 1) refuseOption('budget has trials and a time; give one of them');
  if ('trials' in budget) {
    expectValue('budget.trials', budget.trials, budgetOptions.trials);
    return { kind: 'trials', trials: budget.trials };
  }
  expectValue('budget.seconds', budget.seconds, budgetOptions.seconds);
  return { kind: 'time', milliseconds: 1000 * budget.seconds, ...(budget.stopBelow === undefined ? {} : { stopBelow: budget.stopBelow }) };
};

const silentWorld = (folder = process.cwd(), signal = new AbortController().signal): World => {
  const nowhere = { write: () => undefined, columns: null };
  return { ...nodeWorld(), folder: resolve(folder), out: nowhere, err: nowhere, interruptible: (work) => work(signal) };
};

const compilerOf = async (world: World, model: Model, options: ModelOptions): Promise<Compiler> => {
  const fault = platformFault(process.platform, process.arch), name = options.target ?? defaults.target;
  if (fault !== null) return refuse({ code: 'platform-unsupported', stage: 'compile', message: fault });
  const asked: CompilerOptions = {
    target:
      readTargetName(name) ??
      refuse({
        code: 'target-unknown',
        stage: 'compile',
        message: `"${name}" names no target; give a hardware plugin and an ISA, such as x86-avx:host or x86-avx:avx2`,
      }),
    threads: options.threads ?? 1,
    exact: options.exact ?? false,
    plugin: options.plugins ?? [],
    shape: options.shapes ?? {},
    value: new Map(),
  };
  if (typeof model === 'string') return openCompiler(world, readModelFile(model, world.folder), asked);
  if (model instanceof Uint8Array) return openCompiler(world, { name: 'model', file: 'model', bytes: model, readBeside: () => undefined, listBeside: () => [] }, asked);
  expectValue('model', model, {
    wanted: 'the path of a model file, its bytes as a Uint8Array, or a definition as parseDefinition makes',
    is: (value) => Array.isArray((value as Definition | null | undefined)?.stages),
  });
  return openDefinition(world, model, asked);
};
