/** resnet18 tuned in one process and by two workers on a real broker, with the same budget: the two libraries by turns between probes. */
import { join } from 'node:path';
import { Site } from '../faults/cluster.js';
import type { Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { compareByTurns } from './turns.js';

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

    bench.print(`\n${network}, 1 thread, ${bench.trials} trials`);
    const blocks = await compareByTurns(bench, network, 1, [{ name: alone, path: path('alone'), tunedSeconds: aloneSeconds }, { name: together, path: path('together'), tunedSeconds: togetherSeconds }]);
    return { blocks, aloneSeconds, togetherSeconds };
  } finally {
    await site.remove();
  }
};
