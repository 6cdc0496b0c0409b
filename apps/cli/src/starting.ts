/** The first day in one run: tune, compile tuned and untuned, compare answers, time both by turns, say where everything lies. */
import type { Session } from '@loopsmith/contracts';
import { refuse, unwrap } from '@loopsmith/util';
import type { TensorData } from '@loopsmith/ir';
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { compareTensors } from './answers.js';
import { openCompiler, openRecords, readModelFile, recordsPath, type CompilerOptions } from './compiler.js';
import type { ModelFile } from './model-file.js';
import { compileModel, placeOf } from './compiling.js';
import type { SearchOptions } from './search-options.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { budgetOf } from './option-values.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import { limitLine, meanLine, milliseconds } from './report.js';
import { randomInputs, timeAlternating } from './timing.js';
import { forecast, runTuning } from './tuning.js';
import type { World } from './world.js';

/** Of the interleaved timing at the end, per library. */
const TIMED_SECONDS = 2, LEAST_RUNS = 20;

export const runStart = async (world: World, model: string | undefined, options: CompilerOptions & SearchOptions & { readonly output?: string }): Promise<ExitCode> => {
  const say = (line: string): void => world.out.write(`${line}\n`);
  const file = model === undefined ? await zooFile('resnet18') : readModelFile(model, world.folder);
  const compiler = await openCompiler(world, file, options);
  say(`${file.name}: ${count(compiler.network.calls.length, 'kernel call')}, ${count(compiler.tasks.length, 'task')} for ${compiler.target.id}`);

  const path = recordsPath(world, options.records);
  const records = await openRecords(world, compiler.host, path);
  try {
    const summary = await runTuning(world, compiler, records, { ...options, budget: budgetOf(options), json: false });
    if (summary.interrupted) {
      const times = forecast(compiler, summary.best, records);
      if (times) say(`Sum of kernel times: ${milliseconds(times.tunedMs)}, untuned ${milliseconds(times.untunedMs)}`);
      say(`Records: ${path}; the same command goes on from there`);
      return exitCodes.interrupted;
    }
    const directory = resolve(world.folder, options.output ?? `${defaults.state}/${file.name}`);
    const baseline = resolve(world.folder, defaults.state, `${file.name}-untuned`);
    const place = await placeOf(compiler, resolve(world.folder, defaults.state, 'candidates'), true);
    const compiled = await compileModel(compiler, records, place?.environment ?? null, directory);
    await compileModel(compiler, null, null, baseline);
    say(`${compiled.tuned} of ${count(compiled.chosen.length, 'task')} found tuned`);
    for (const { label, miss } of compiled.chosen) if (miss !== null) say(`  untuned: ${label}: ${miss}`);

    const tuned = unwrap(await compiler.hardware.session(directory, options.threads));
    const untuned = unwrap(await compiler.hardware.session(baseline, options.threads));
    try {
      const agrees = await checkAnswers(tuned, untuned, model === undefined ? await storedAnswers('resnet18', compiler.modelHash) : null, options.seed, say);
      const inputs = randomInputs(tuned, options.seed);
      const [mine, plain] = await timeAlternating([{ session: tuned, inputs }, { session: untuned, inputs }], { clock: world.clock, threads: options.threads, seconds: TIMED_SECONDS, leastRuns: LEAST_RUNS });
      say(meanLine(mine!));
      say(`Untuned: ${milliseconds(plain!.meanMs)} (${milliseconds(plain!.stdMs)}), ${(plain!.medianMs / mine!.medianMs).toFixed(2)} times as long`);
      say(limitLine(compiler.tasks, compiler.target, place?.limitFlops ?? null, mine!));
      say(`Library: ${relative(world.folder, directory) || '.'}`);
      return agrees ? exitCodes.ok : exitCodes.differs;
    } finally {
      await tuned.close();
      await untuned.close();
    }
  } finally {
    await records.close();
  }
};

const zooFile = async (name: 'resnet18'): Promise<ModelFile> => {
  const { zooModel } = await import('@loopsmith/zoo');
  return { name, file: `${name}.onnx`, bytes: zooModel(name), readBeside: () => undefined, listBeside: () => [] };
};

/** Inputs of a zoo network and the outputs ONNX Runtime gave for them. */
interface StoredAnswer { readonly inputs: ReadonlyMap<string, TensorData>; readonly output: Float32Array }

const storedAnswers = async (name: 'resnet18', modelHash: string): Promise<readonly StoredAnswer[]> => {
  const { zooInput, zooInputShape } = await import('@loopsmith/zoo');
  // beside the program in the package, among the tests in a checkout
  const file = ['../data/zoo', '../../../test/data/zoo'].map((folder) => new URL(`${folder}/${name}.json`, import.meta.url)).find((one) => existsSync(one));
  if (!file) return refuse({ code: 'answer-missing', stage: 'start', message: `the stored answer zoo/${name}.json is missing; install Loopsmith again, or give a model of your own` });
  const { sha256, runs } = JSON.parse(readFileSync(file, 'utf8')) as { readonly sha256: string; readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[] };
  if (sha256 !== modelHash) throw new Error(`test/data/zoo/${name}.json is of another ${name} than the zoo makes`);
  return runs.map(({ seed, output }) => ({
    inputs: new Map([['data', { dtype: 'f32', shape: zooInputShape(name), values: zooInput(name, seed) }]]), output: Float32Array.from(output),
  }));
};

/** Against stored answers where there are some, else of tuned against untuned: two programs that share little but the definitions. */
const checkAnswers = async (tuned: Session, untuned: Session, stored: readonly StoredAnswer[] | null, seed: number, say: (line: string) => void): Promise<boolean> => {
  const inputs = stored ? stored.map((one) => one.inputs) : [randomInputs(tuned, seed)];
  let right = true;
  for (const [i, input] of inputs.entries()) {
    const expected: ReadonlyMap<string, TensorData> = stored
      ? new Map([[tuned.outputs[0]!.name, { dtype: 'f32', shape: tuned.outputs[0]!.shape, values: stored[i]!.output }]])
      : await untuned.run(input);
    const got = await tuned.run(input);
    for (const [name, data] of expected) {
      const output = got.get(name);
      const { agrees, summary } = output ? compareTensors(output, data) : { agrees: false, summary: 'is missing' };
      say(`${agrees ? 'Right' : 'WRONG'} answer ${name}: ${summary} against ${stored ? 'ONNX Runtime' : 'the untuned library'}`);
      right &&= agrees;
    }
  }
  return right;
};
