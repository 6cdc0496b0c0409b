/** Options of the typed API: their names and what each may be. Refuses everything else in a sentence, for JavaScript lets it through; gives no defaults. */
import type { TuningEvent } from '@loopsmith/contracts';
import { didYouMean, refuse } from '@loopsmith/util';
import { properShare, seedNumber, sizes, threadCount, timeSpan, wholeFromOne, type Kind } from './option-kinds.js';

export interface ModelOptions {
  /** `plugin:isa`, such as `x86-avx:avx2`. Default: `x86-avx:host`, this machine. */
  readonly target?: string;
  /** Threads that the library runs with, up to 256. Default 1. */
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

/** One for each option: the types see to it that none is missing. */
type Kinds<Options> = Readonly<Record<keyof Options, Kind>>;

const kind = (wanted: string, is: (value: unknown) => boolean): Kind => ({ wanted, is: (value): value is unknown => is(value) });
const text = kind('a text that is not empty', (value) => typeof value === 'string' && value !== '');

const modelOptions: Kinds<ModelOptions> = {
  target: text,
  threads: threadCount,
  exact: kind('true or false', (value) => typeof value === 'boolean'),
  shapes: kind('sizes by the name of an input, as in { data: [1, 3, 224, 224] }', (value) => typeof value === 'object' && value !== null && Object.values(value).every((one) => sizes.is(one))),
  plugins: kind("a list, as in ['./mine.js']", (value) => Array.isArray(value) && value.every((one) => text.is(one))),
  folder: text,
};
export const tuneOptions: Kinds<TuneOptions> = {
  ...modelOptions,
  budget: kind('{ seconds: 120 } or { trials: 200 }', (value) => typeof value === 'object' && value !== null),
  strategy: text,
  model: text,
  seed: seedNumber,
  records: text,
  onEvent: kind('a function', (value) => typeof value === 'function'),
  signal: kind('the signal of an AbortController', (value) => value instanceof AbortSignal),
};
export const compileOptions: Kinds<CompileOptions> = { ...modelOptions, records: kind('a text that is not empty, or null', (value) => value === null || text.is(value)) };
export const budgetOptions: Kinds<{ trials: number; seconds: number; stopBelow: number }> = {
  trials: wholeFromOne,
  seconds: timeSpan,
  stopBelow: properShare,
};

export const refuseOption = (message: string): never => refuse({ code: 'option-invalid', stage: 'compile', message });
export const expectValue = (name: string, value: unknown, { wanted, is }: { readonly wanted: string; is(value: unknown): boolean }): void => {
  if (!is(value)) refuseOption(`${name} is ${shown(value)}; give ${wanted}`);
};
const shown = (value: unknown): string => (typeof value === 'string' ? `'${value}'` : typeof value === 'object' && value !== null ? 'an object' : typeof value === 'function' ? 'a function' : String(value));

/** Throws a FailureError for the first name that stands for no option, and for the first value that is none of its option. `of`: whose options they are. */
export const checkOptions = (of: string, options: unknown, kinds: Readonly<Record<string, Kind>>, prefix = ''): void => {
  const names = Object.keys(kinds);
  if (typeof options !== 'object' || options === null) return refuseOption(`${of} takes an object of options, not ${shown(options)}; there are ${names.join(', ')}`);
  for (const [name, value] of Object.entries(options)) {
    const wanted = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (wanted === undefined) return refuseOption(`${of} has no option '${name}'${didYouMean(name, names)}; there are ${names.join(', ')}`);
    if (value !== undefined) expectValue(`${prefix}${name}`, value, wanted);
  }
};
