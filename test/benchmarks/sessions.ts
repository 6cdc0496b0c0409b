/** Sessions side by side: what one session with all its threads runs in a second, and what each of two does at the same time. */
import { join } from 'node:path';
import { InferenceSession, Tensor } from '@loopsmith/runtime';
import { zooInput, zooInputShape } from '@loopsmith/zoo';
import { median } from '@loopsmith/stages';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { percent, table } from './table.js';

const network = 'squeezenet1.1', seconds = 2, rounds = 5;

/** Runs per second of each session, all at once. */
const rates = (sessions: readonly InferenceSession[]): Promise<readonly number[]> => {
  const began = performance.now(), data = new Tensor('float32', zooInput(network, 1), [...zooInputShape(network)]);
  return Promise.all(sessions.map(async (session) => {
    let runs = 0;
    for (; performance.now() - began < seconds * 1000; runs++) await session.run({ [session.inputNames[0]!]: data });
    return (1000 * runs) / (performance.now() - began);
  }));
};

export const benchSessions = async (bench: Bench): Promise<unknown> => {
  const { directory } = bench, model = join(directory, `${network}.onnx`), folder = join(directory, 'sessions');
  await loopsmith(directory, 'zoo', network, '-o', model);
  await loopsmith(directory, 'compile', model, '--untuned', '--threads', '2', '-o', folder);
  const [first, second] = [await InferenceSession.create(folder, { threads: 2 }), await InferenceSession.create(folder, { threads: 2 })];
  const { value: samples, load } = await watched(bench, 'the sessions', async () => {
    await rates([first, second]);
    const all: { readonly alone: number; readonly together: readonly number[] }[] = [];
    for (let round = 0; round < rounds; round++) all.push({ alone: (await rates([first]))[0]!, together: await rates([first, second]) });
    return all;
  });
  await first.release();
  await second.release();
  const alone = median(samples.map((one) => one.alone)), slower = median(samples.map(({ together }) => Math.min(...together))), both = median(samples.map(({ together }) => together.reduce((a, b) => a + b)));
  bench.print(`\n${table(['2-thread sessions of squeezenet1.1', 'runs a second', 'of one alone'], [
    ['one alone', alone.toFixed(1), ''], ['the slower of two', slower.toFixed(1), percent(slower / alone)], ['two together', both.toFixed(1), percent(both / alone)],
  ])}`);
  return { load, samples };
};
