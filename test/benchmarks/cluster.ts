/** resnet18 tuned in one process and by two workers on a real broker, with the same budget: the two libraries by turns between probes. */
import { join } from 'node:path';
import { repository } from '@loopsmith/testing';
import { Site } from '../faults/cluster.js';
import type { Bench } from './bench.js';
import type { Block } from './blocks.js';
import { loopsmith } from './cli.js';
import { startEngine, type Engine } from './engines.js';
import { oneBlock } from './network.js';
import { median, percent, table } from './table.js';

const network = 'resnet18', alone = 'one process', together = 'two workers';

export const benchCluster = async (bench: Bench): Promise<unknown> => {
  // of its own, so that both search from nothing
  const site = new Site(), path = (name: string): string => join(site.folder, name);
  await site.startKafka();
  try {
    const model = path(`${network}.onnx`), options = [model, '--target', bench.target.id];
    await loopsmith(site.folder, 'zoo', network, '-o', model);
    const search = ['tune', ...options, '--trials', String(bench.trials)];
    const { seconds: aloneSeconds } = await loopsmith(site.folder, ...search, '--records', path('alone.jsonl'));
    const workers = ['one', 'two'].map((name) => site.start(['worker', '--name', name, '--target', bench.target.id, '--brokers', site.brokers]));
    await Promise.all(workers.map(({ said }) => said('"ready":true')));
    const { seconds: togetherSeconds } = await loopsmith(site.folder, ...search, '--records', path('together.jsonl'), '--brokers', site.brokers);
    for (const worker of workers) worker.process.kill('SIGTERM');
    await Promise.all(workers.map(({ ended }) => ended));
    for (const name of ['alone', 'together']) await loopsmith(site.folder, 'compile', ...options, '--records', path(`${name}.jsonl`), '-o', path(name));

    const setup = { network, threads: 1, peers: repository('build', 'onnxruntime'), engine: 'loopsmith' } as const;
    const engines = new Map<string, Engine>([[alone, startEngine({ ...setup, path: path('alone') })], [together, startEngine({ ...setup, path: path('together') })]]);
    for (const engine of engines.values()) await engine.ask({ ask: 'times', runs: 1 });
    const blocks: Block[] = [];
    for (let i = 0; i < bench.blocks; i++) blocks.push(await oneBlock(bench, engines, 1, i));
    // which ends them
    for (const engine of engines.values()) await engine.ask({ ask: 'memory' });
    report(bench, blocks, { [alone]: aloneSeconds, [together]: togetherSeconds });
    return { blocks, aloneSeconds, togetherSeconds };
  } finally {
    await site.remove();
  }
};

const report = ({ print, trials }: Bench, blocks: readonly Block[], seconds: Readonly<Record<string, number>>): void => {
  const samples = (engine: string): readonly number[] => blocks.flatMap(({ milliseconds }) => milliseconds[engine]!);
  const ratios = blocks.map(({ milliseconds }) => median(milliseconds[together]!) / median(milliseconds[alone]!));
  print(`\n${table([`${network}, 1 thread, ${trials} trials by`, 'tuned in s', 'median ms', 'min ms'], [alone, together].map((engine) => [engine, seconds[engine]!.toFixed(0), median(samples(engine)).toFixed(2), Math.min(...samples(engine)).toFixed(2)]))}`);
  print(`the library of two workers takes ${percent(median(ratios))} of the other's time (blocks from ${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))})`);
};
