/**
 * The typed API: what `loopsmith tune` and `loopsmith compile` do, for programs. Models are files, bytes, or a tensor
 * expression of your own. Prints nothing; every refusal is a FailureError with the message that the command line shows.
 */
import type { TuningEvent } from '@loopsmith/contracts';
import type { Definition } from '@loopsmith/ir';
import { didYouMean, refuse } from '@loopsmith/util';
import { resolve } from 'node:path';
import { openCompiler, openDefinition, readModelFile, recordsPath, type Compiler, type CompilerOptions } from './compiler.js';
import { openRecordsToWrite } from './record-lock.js';
import { compileModel, placeOf, recordsToChooseFrom } from './compiling.js';
import { nodeWorld } from './node-world.js';
import { defaults } from './plugins.js';
import { runTuning } from './tuning.js';
import { platformFault } from './platform.js';
import { readTargetName } from './target-name.js';
import type { World } from './world.js';

/** The path of a model file, its bytes, or a tensor expression (`parseDefinition` reads one from text). */
export type Model = string | Uint8Array | Definition;

export interface ModelOptions {
  /** `plugin:isa`, such as `x86-avx:avx2`. Default: `x86-avx:host`, this machine. */
  readonly target?: string;
  /** Threads that the library runs with. Default 1. */
  readonly threads?: number;
  /** Leave out algorithms that trade accuracy for speed, such as Winograd. */
  readonly exact?: boolean;
  /** By input name: shapes that the model leaves open. */
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
  /** Plugins of your own, by path or package name. */
  readonly plugins?: readonly string[];
  /** Paths count from here, and state is kept in `.loopsmith` below it. Default: the current folder. */
  readonly folder?: string;
}
export interface TuneOptions extends ModelOptions {
  /** Of the whole run. Default: 120 seconds. */
  readonly budget?:
    | {
        readonly seconds: number;
        /** Ends the search once another minute is expected to save less than this share of the network's time. */ readonly stopBelow?: number;
      }
    | { readonly trials: number };
  /** How to search: the id of a strategy, built in or of a plugin. Default: `best-first`. */
  readonly strategy?: string;
  /** The cost model that guides the search. Default: `gbt`. */
  readonly model?: string;
  /** Of the search: same seed and same results, same candidates. Default 1. */
  readonly seed?: number;
  /** The record file. Default: `.loopsmith/records.jsonl`. */
  readonly records?: string;
  /** Everything that happens, as `tune --json` prints it. */
  readonly onEvent?: (event: TuningEvent) => void;
  /** An abort ends the run after the candidate that is measured; what was measured is kept. */
  readonly signal?: AbortSignal;
}
export interface CompileOptions extends ModelOptions {
  /** The record file to choose from, which has to be there, or null for untuned schedules. Default: `.loopsmith/records.jsonl`, where it is there. */
  readonly records?: string | null;
}

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
  expectKnown('tune', options, tuneOptions);
  const { strategy = defaults.strategy, model: costModel = defaults.model, seed = 1, signal } = options;
  checked('seed', seed, 'a whole number from 0 to 4294967295', seed >>> 0 === seed);
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
  expectKnown('compile', options, compileOptions);
  checked('directory', directory, 'the path of the folder to write', typeof directory === 'string' && directory !== '');
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

/** Every option there is, by its name: the types see to it that none is missing here. */
const modelOptions: Readonly<Record<keyof ModelOptions, true>> = { target: true, threads: true, exact: true, shapes: true, plugins: true, folder: true };
const tuneOptions: Readonly<Record<keyof TuneOptions, true>> = {
  ...modelOptions, budget: true, strategy: true, model: true, seed: true, records: true, onEvent: true, signal: true,
};
const compileOptions: Readonly<Record<keyof CompileOptions, true>> = { ...modelOptions, records: true };

const budgetOptions = { trials: true, seconds: true, stopBelow: true } as const;

const refuseOption = (message: string): never => refuse({ code: 'option-invalid', stage: 'compile', message });

/** Refuses a name that stands for no option: whoever writes JavaScript would never hear that it was ignored. */
const expectKnown = (what: string, options: unknown, known: Readonly<Record<string, true>>): void => {
  const names = Object.keys(known);
  if (typeof options !== 'object' || options === null) return refuseOption(`${what} takes an object of options, not ${shown(options)}; there are ${names.join(', ')}`);
  const other = Object.keys(options).find((name) => !names.includes(name));
  if (other !== undefined) refuseOption(`${what} has no option '${other}'${didYouMean(other, names)}; there are ${names.join(', ')}`);
};
const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : typeof value === 'object' && value !== null ? 'an object' : String(value));

/** What the command line checks of its options. */
const checked = <T>(what: string, value: T, wanted: string, right: boolean): T => (right ? value : refuseOption(`${what} is ${shown(value)}; give ${wanted}`));

const budgetOf = (budget: TuneOptions['budget']): Parameters<typeof runTuning>[3]['budget'] => {
  if (budget === undefined) return { kind: 'time', milliseconds: 120_000 };
  expectKnown('budget', budget, budgetOptions);
  if ('trials' in budget && Object.keys(budget).length > 1) refuseOption('budget has trials and a time; give one of them');
  return 'trials' in budget
      ? {
          kind: 'trials',
          trials: checked('budget.trials', budget.trials, 'a whole number from 1 up', Number.isInteger(budget.trials) && budget.trials > 0),
        }
      : {
          kind: 'time',
          milliseconds: 1000 * checked('budget.seconds', budget.seconds, 'a time above 0', budget.seconds > 0 && Number.isFinite(budget.seconds)),
          ...(budget.stopBelow === undefined
            ? {}
            : {
                stopBelow: checked(
                  'budget.stopBelow',
                  budget.stopBelow,
                  'a share between 0 and 1, such as 0.01',
                  budget.stopBelow > 0 && budget.stopBelow < 1,
                ),
              }),
        };
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
    threads: checked(
      'threads',
      options.threads ?? 1,
      'a whole number from 1 up',
      Number.isInteger(options.threads ?? 1) && (options.threads ?? 1) > 0,
    ),
    exact: options.exact ?? false,
    plugin: checked('plugins', options.plugins ?? [], "a list, as in ['./mine.js']", Array.isArray(options.plugins ?? [])),
    shape: options.shapes ?? {},
    value: new Map(),
  };
  if (typeof model === 'string') return openCompiler(world, readModelFile(model, world.folder), asked);
  if (model instanceof Uint8Array) return openCompiler(world, { name: 'model', file: 'model', bytes: model, readBeside: () => undefined, listBeside: () => [] }, asked);
  checked('model', model, 'the path of a model file, its bytes as a Uint8Array, or a definition as parseDefinition makes', Array.isArray((model as Definition | null)?.stages));
  return openDefinition(world, model, asked);
};
