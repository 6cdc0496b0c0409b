/** The first day in one run: tune, compile tuned and untuned, compare answers, time both by turns, say where everything lies. */
import type { Session } from '@loopsmith/contracts';
import { chooseWinner, judge } from '@loopsmith/stages';
import { refuse, unwrap } from '@loopsmith/util';
import type { TensorData } from '@loopsmith/ir';
import { existsSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { compareTensors } from './answers.js';
import { openCompiler, readModelFile, recordsPath, type CompilerOptions } from './compiler.js';
import type { ModelFile } from './model-file.js';
import { compileModel, missLines, placeOf } from './compiling.js';
import type { SearchOptions } from './search-options.js';
import { exitCodes, type ExitCode } from './exit-codes.js';
import { budgetOf } from './option-values.js';
import { defaults } from './plugins.js';
import { count } from './progress.js';
import { withSession } from './opening.js';
import { openRecordsToWrite } from './record-lock.js';
import { writeRunReport } from './reporting.js';
import { limitLine, meanLine, milliseconds } from './report.js';
import { alternatingSamples, randomInputs, timingOf, type Timing } from './timing.js';
import { forecast, runTuning } from './tuning.js';
import { whileWaiting } from './waiting.js';
import type { World } from './world.js';

/** Of the interleaved timing at the end, per library. More runs than that tell no more, and their statistics take longer than they do. */
const TIMED_SECONDS = 2, LEAST_RUNS = 20, MOST_RUNS = 1000;

export const runStart = async (world: World, model: string | undefined, options: CompilerOptions & SearchOptions & { readonly output?: string }): Promise<ExitCode> => {
  const say = (line: string): void => world.out.write(`${line}\n`);
  const file = model === undefined ? await zooFile('resnet18') : readModelFile(model, world.folder);
  const compiler = await openCompiler(world, file, options);
  say(`${file.name}: ${count(compiler.network.calls.length, 'kernel call')}, ${count(compiler.tasks.length, 'task')} for ${compiler.target.id}`);

  const path = recordsPath(world, options.records);
  const records = await openRecordsToWrite(world, compiler.host, path);
  try {
    const known = compiler.tasks.reduce((sum, { task }) => sum + records.ofTask(task.key).length, 0);
    if (known > 0) say(`Goes on from ${count(known, 'earlier record')} in ${relative(world.folder, path)}`);
    const summary = await runTuning(world, compiler, records, { ...options, budget: budgetOf(options), json: false });
    if (summary.interrupted) {
      const times = forecast(compiler, summary.best);
      if (times) say(`Sum of kernel times: ${milliseconds(times.tunedMs)}, untuned ${milliseconds(times.untunedMs)}`);
      say(`Report: ${await writeRunReport(world, compiler, records, file.name)}, to look at in a browser`);
      say(`Records: ${path}; the same command goes on from there`);
      return exitCodes.interrupted;
    }
    const directory = resolve(world.folder, options.output ?? `${defaults.state}/${file.name}`);
    const baseline = resolve(world.folder, defaults.state, `${file.name}-untuned`);
    const place = await placeOf(compiler, resolve(world.folder, defaults.state, 'candidates'), true);
    const compiled = await whileWaiting(world.err, `Building ${count(compiler.tasks.length, 'kernel')}, tuned and untuned`, async () => {
      const tuned = await compileModel(world, compiler, records, place, directory);
      await compileModel(world, compiler, null, null, baseline);
      return tuned;
    });
    say(`${compiled.tuned} of ${count(compiled.chosen.length, 'task')} found tuned`);
    missLines(compiled.chosen).forEach(say);

    const stored = model === undefined ? await storedAnswers('resnet18', compiler.modelHash()) : null;
    const opened = (folder: string): Promise<Session> => compiler.hardware.session(folder, options.threads).then(unwrap);
    const { agrees, samples } = await withSession(opened(directory), (tuned) => withSession(opened(baseline), async (untuned) => {
      const right = await checkAnswers(tuned, untuned, stored, options.seed, say), inputs = randomInputs(tuned, options.seed);
      return {
        agrees: right,
        samples: await alternatingSamples(
          [
            { session: tuned, inputs },
            { session: untuned, inputs },
          ],
          { clock: world.clock, threads: options.threads, seconds: TIMED_SECONDS, leastRuns: LEAST_RUNS, mostRuns: MOST_RUNS },
        ),
      };
    }));
    const [mine, plain] = samples.map((list) => timingOf(list, options.threads)) as [Timing, Timing];
    // the first of two that cannot be told apart: the tuned one, whose kernels were measured to be faster
    const keepsTuned = chooseWinner(samples) === 0;
    if (!keepsTuned) await compileModel(world, compiler, null, null, directory);
    say(meanLine(keepsTuned ? mine : plain));
    say(keepsTuned ? untunedLine(samples, plain) : `The untuned library was faster than the tuned one (${milliseconds(mine.meanMs)}), and is what was written`);
    say(limitLine(compiler.tasks, compiler.target, place?.limitFlops ?? null, keepsTuned ? mine : plain));
    say(`Report: ${await writeRunReport(world, compiler, records, file.name)}, to look at in a browser`);
    say(`Library: ${relative(world.folder, directory) || '.'}`);
    return agrees ? exitCodes.ok : exitCodes.differs;
  } finally {
    await records.close();
  }
};

/** How much longer the untuned library takes, with the 95 % interval of the paired ratio where the two can be told apart. */
const untunedLine = ([tuned, untuned]: readonly (readonly number[])[], { meanMs, stdMs }: Timing): string => {
  const { winner, speedup, speedupInterval: [low, high] } = judge([untuned!, tuned!]);
  return `Untuned: ${milliseconds(meanMs)} (${milliseconds(stdMs)}), ${winner === 1 ? `${speedup.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}] times as long` : 'no slower beyond noise'}`;
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
  if (!file)
    return refuse({
      code: 'answer-missing',
      stage: 'start',
      message: `the stored answer zoo/${name}.json is missing; install Loopsmith again, or give a model of your own`,
    });
  const { sha256, runs } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly sha256: string;
    readonly runs: readonly { readonly seed: number; readonly output: readonly number[] }[];
  };
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
      say(`${agrees ? 'Right' : 'WRONG'} answer ${name}${inputs.length > 1 ? ` to input ${i + 1} of ${inputs.length}` : ''}: ${summary} against ${stored ? 'ONNX Runtime' : 'the untuned library'}`);
      right &&= agrees;
    }
  }
  return right;
};
