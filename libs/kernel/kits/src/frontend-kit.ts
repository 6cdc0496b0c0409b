/**
 * What every front end keeps: it knows its format by content, imports the same model the same way into a sound graph,
 * refuses in words that callers can act on, and meets damaged files with an answer, never a crash and never for long.
 */
import type { Frontend, ImportOptions } from '@loopsmith/contracts';
import { printGraph, verifyGraph, type Graph } from '@loopsmith/ir';
import { seededRandom, type Failure, type Outcome } from '@loopsmith/util';
import { demand, demandSame, type Check } from './check.js';
import { mutated } from './mutations.js';

/** A model of the format that imports with these options. Files beside it are named as the model names them. */
export interface SampleModel {
  readonly name: string;
  /** Base name of its file. */
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly shapes: ImportOptions['shapes'];
  readonly values?: ImportOptions['values'];
  readonly beside?: ReadonlyMap<string, Uint8Array>;
}

/** Beyond this an import of a small file is a hang. */
const longestMs = 2000;

const optionsOf = ({ name, file, shapes, values, beside = new Map() }: SampleModel): ImportOptions => ({
  name,
  file,
  shapes,
  ...(values ? { values } : {}),
  readBeside: (path) => beside.get(path),
  listBeside: (folder) =>
    [...beside.keys()]
      .flatMap((path) => (folder === '' ? (path.includes('/') ? [] : [path]) : path.startsWith(`${folder}/`) ? [path.slice(folder.length + 1)] : []))
      .sort(),
});
const read = (frontend: Frontend, sample: SampleModel, more: Partial<ImportOptions> = {}): Outcome<Graph> => frontend.import(sample.bytes, { ...optionsOf(sample), ...more });
const partsOf = ({ beside }: SampleModel): NonNullable<ImportOptions['readPartsBeside']> => (path, parts) => {
  const bytes = beside?.get(path);
  return bytes && parts.map(({ begin, length }) => bytes.slice(begin, begin + length));
};
const imported = (frontend: Frontend, sample: SampleModel, more: Partial<ImportOptions> = {}): Graph => {
  const outcome = read(frontend, sample, more);
  demand(outcome.ok, `${sample.name} was refused: ${outcome.ok ? '' : outcome.failure.message}`);
  return outcome.value;
};
const demandRefusal = (outcome: Outcome<unknown>, what: string): Failure => {
  demand(!outcome.ok, `${what} was accepted; a refusal was expected`);
  const { code, stage, message } = outcome.failure;
  demand(
    /^[a-z0-9]+(-[a-z0-9]+)*$/.test(code) && stage !== '' && message.length > 10,
    `${what} was refused as ${JSON.stringify(outcome.failure)}; a kebab-case code, a stage and a sentence were expected`,
  );
  return outcome.failure;
};

export const frontendChecks = (frontend: Frontend, samples: readonly SampleModel[]): readonly Check[] => [
  {
    name: 'knows its models by content, under any name, and nothing else',
    run: () => {
      for (const { bytes, file, name } of samples) demand(frontend.detects(bytes, file) && frontend.detects(bytes, 'download'), `${name} is not detected`);
      for (const other of ['', 'a text\n', '{"format": "other"}', '\u0000\u0001\u0002\u0003'.repeat(8)])
        demand(!frontend.detects(new TextEncoder().encode(other), 'other.bin'), `${JSON.stringify(other)} is detected`);
    },
  },
  {
    name: 'imports its models into sound graphs, the same where files beside them are read in parts, and changes no byte of them',
    run: () => {
      for (const sample of samples) {
        const before = Uint8Array.from(sample.bytes), graph = imported(frontend, sample), text = printGraph(graph);
        demandSame(verifyGraph(graph), [], `faults of ${sample.name}`);
        demandSame(graph.name, sample.name, 'the name of the graph');
        demand(printGraph(imported(frontend, sample, { readPartsBeside: partsOf(sample) })) === text, `${sample.name} imports into another graph the second time, with files in parts`);
        demand(before.every((byte, i) => byte === sample.bytes[i]), `${sample.name} was changed by its import`);
      }
    },
  },
  {
    name: 'cuts at named outputs, and refuses names that the model does not have',
    run: () => {
      for (const sample of samples) {
        const outputs = imported(frontend, sample).outputs.slice(0, 1), outcome = read(frontend, sample, { outputs });
        demand(outcome.ok, `${sample.name} with --outputs ${outputs.join()} was refused: ${outcome.ok ? '' : outcome.failure.message}`);
        demandSame(outcome.value.outputs, outputs, 'outputs of the cut');
        const { message } = demandRefusal(read(frontend, sample, { outputs: ['no such tensor'] }), 'an output that the model does not have');
        demand(message.includes('no such tensor'), `the refusal of an unknown output does not name it: ${message}`);
        demandRefusal(read(frontend, sample, { shapes: { ...sample.shapes, 'no such input': [1] } }), 'the shape of an input that the model does not have');
      }
    },
  },
  {
    name: 'answers what is needed with the codes that callers know',
    run: () => {
      for (const sample of samples) {
        const outcome = read(frontend, sample, { shapes: {} });
        if (!outcome.ok) demandSame(demandRefusal(outcome, 'a model without shapes').code, 'shape-needed', `the code of ${sample.name} without its shapes`);
      }
    },
  },
  { name: 'meets damaged files with an answer', run: () => { demandAnswers(frontend, samples, { count: 200, seed: 1 }); } },
];

export interface Damage { readonly count: number; readonly seed: number }
/** How the damaged files were met; longestMs is the longest import of one. */
export interface Answers { readonly accepted: number; readonly refused: number; readonly longestMs: number }

/**
 * Damages the samples and their companions by turns and imports them. Throws where one crashes the import, is refused
 * without words, or takes longer than 2 s; the message says how to make the file again.
 */
export const demandAnswers = (frontend: Frontend, samples: readonly SampleModel[], { count, seed }: Damage): Answers => {
  const random = seededRandom(seed);
  let accepted = 0, longest = 0;
  for (let i = 0; i < count; i++) {
    const sample = samples[i % samples.length]!, parts = ['', ...sample.beside?.keys() ?? []], part = random.pick(parts);
    const { what, bytes } = mutated(part === '' ? sample.bytes : sample.beside!.get(part)!, random);
    const damaged = part === '' ? { ...sample, bytes } : { ...sample, beside: new Map([...sample.beside!, [part, bytes]]) };
    const where = `${sample.name}${part === '' ? '' : ` (${part})`} with ${what} (number ${i} of seed ${seed})`, began = performance.now();
    let outcome: Outcome<Graph>;
    try {
      frontend.detects(damaged.bytes, damaged.file);
      outcome = read(frontend, damaged);
    } catch (error) { throw new Error(`${where} crashed the import: ${error instanceof Error ? error.stack ?? error.message : String(error)}`); }
    const took = performance.now() - began;
    demand(took <= longestMs, `${where} took ${took.toFixed(0)} ms; at most ${longestMs} were expected`);
    longest = Math.max(longest, took);
    if (outcome.ok) accepted++;
    else demandRefusal(outcome, where);
  }
  return { accepted, refused: count - accepted, longestMs: longest };
};
