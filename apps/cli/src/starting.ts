/** The first day in one run: tune, compile tuned and untuned, compare answers, time both by turns, say where everything lies. */
import { refuse, unwrap } from '@loopsmith/util';
import type { TensorData } from '@loopsmith/ir';
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { compareTensors } from './answers.js';
import { openCompiler, openRecords, readModelFile, recordsPath, type CompilerOptions, type ModelFile } from './compiler.js';
import { compileModel } from './compiling.js';
import type { SearchOptions } from './commands/tune.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { budgetOf } from './option-values.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import { limitLine, meanLine, milliseconds } from './report.js';
import { randomInputs, timeAlternating } from './timing.js';
import { forecast, runTuning } from './tuning.js';
import { environmentOf } from './compiling.js';
import type { Session, World } from './world.js';

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
    const environment = await environmentOf(compiler, resolve(world.folder, defaults.state, 'candidates'));
    const compiled = await compileModel(compiler, records, environment, directory);
    await compileModel(compiler, null, null, baseline);
    say(`${compiled.tuned} of ${count(compiled.chosen.length, 'task')} found tuned`);
    for (const { label, miss } of compiled.chosen) if (miss !== null) say(`  untuned: ${label}: ${miss}`);

    const tuned = unwrap(await world.openSession(directory, options.threads));
    const untuned = unwrap(await world.openSession(baseline, options.threads));
    try {
      const agrees = await checkAnswers(tuned, untuned, model === undefined ? await storedAnswer('resnet18') : null, options.seed, say);
      const inputs = randomInputs(tuned, options.seed);
      const [mine, plain] = await timeAlternating([{ session: tuned, inputs }, { session: untuned, inputs }], { clock: world.clock, threads: options.threads, seconds: TIMED_SECONDS, leastRuns: LEAST_RUNS });
      say(meanLine(mine!));
      say(`Untuned: ${milliseconds(plain!.meanMs)} (${milliseconds(plain!.stdMs)}), ${(plain!.medianMs / mine!.medianMs).toFixed(2)} times as long`);
      say(limitLine(compiler.tasks, compiler.target, mine!));
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
  return { name, bytes: zooModel(name), readBeside: () => undefined };
};

/** An input of the zoo and the output ONNX Runtime gave for it. */
interface StoredAnswer { readonly inputs: ReadonlyMap<string, TensorData>; readonly outputs: ReadonlyMap<string, TensorData> }

const storedAnswer = async (name: 'resnet18'): Promise<StoredAnswer> => {
  const { zooInput, zooInputShape } = await import('@loopsmith/zoo');
  const file = new URL(`../../../test/data/zoo/${name}.json`, import.meta.url);
  if (!existsSync(file)) return refuse({ code: 'answer-missing', stage: 'start', message: `the stored answer test/data/zoo/${name}.json is missing; run \`loopsmith start\` from a full checkout, or give a model of your own` });
  const { seed, output, values } = JSON.parse(readFileSync(file, 'utf8')) as { seed: number; output: string; values: number[] };
  return {
    inputs: new Map([['data', { dtype: 'f32', shape: zooInputShape(name), values: zooInput(name, seed) }]]),
    outputs: new Map([[output, { dtype: 'f32', shape: [1, values.length], values: Float32Array.from(values) }]]),
  };
};

/** Against the stored answer where there is one, else of tuned against untuned: two programs that share little but the definitions. */
const checkAnswers = async (tuned: Session, untuned: Session, stored: StoredAnswer | null, seed: number, say: (line: string) => void): Promise<boolean> => {
  const inputs = stored?.inputs ?? randomInputs(tuned, seed);
  const expected = stored?.outputs ?? await untuned.run(inputs);
  const got = await tuned.run(inputs);
  const verdicts = [...expected].map(([name, data]) => {
    const output = got.get(name);
    return { name, ...(output ? compareTensors(output, data) : { agrees: false, summary: 'is missing' }) };
  });
  for (const { name, agrees, summary } of verdicts)
    say(`${agrees ? 'Right' : 'WRONG'} answer ${name}: ${summary} against ${stored ? 'ONNX Runtime' : 'the untuned library'}`);
  return verdicts.every(({ agrees }) => agrees);
};
