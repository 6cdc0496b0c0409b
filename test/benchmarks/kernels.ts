/**
 * A network's time against the sum of its kernels' times, each alone with weights as cold as a search has them, one thread or more: both in the
 * same minutes, since runs of the network stand between the kernels. `loopsmith bench --profile` says which layers make up the difference.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { onnx } from '@loopsmith/frontend-onnx';
import { constantBytes, parseSchedule } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { candidateId, extractTasks, median, networkOptions } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { zooModel, type ZooName } from '@loopsmith/zoo';
import { repository } from '@loopsmith/testing';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { startEngine } from './engines.js';
import { table } from './table.js';

const names: readonly ZooName[] = ['resnet18', 'mobilenet', 'densenet121'];
/** Samples of a kernel, and runs of the network in each of its turns. */
const samples = 15, runs = 6, kernelsPerTurn = 4;

interface KernelTimes { readonly label: string; readonly calls: number; readonly milliseconds: readonly number[] }
interface Result { readonly name: ZooName; readonly threads: number; readonly network: readonly number[]; readonly kernels: readonly KernelTimes[] }

export const benchKernels = async (bench: Bench): Promise<unknown> => {
  const results: Result[] = [];
  for (const name of names) for (const threads of bench.threads) results.push((await watched(bench, `${name}'s kernels`, () => timesOf(bench, name, threads))).value);
  const least = (values: readonly number[]): number => Math.min(...values);
  const sum = ({ kernels }: Result, of: (values: readonly number[]) => number): number => kernels.reduce((total, { calls, milliseconds }) => total + calls * of(milliseconds), 0);
  bench.print(`\nwhole networks against the sum of their kernels alone, weights cold: ${samples} samples a kernel, runs of the network between kernels`);
  bench.print(table(['network', 'threads', 'median ms', 'kernels ms', 'times the sum', 'minimum ms', 'minima of kernels ms', 'times their sum'], results.map((one) => [
    one.name, String(one.threads), ...[median, least].flatMap((of) => [of(one.network).toFixed(2), sum(one, of).toFixed(2), (of(one.network) / sum(one, of)).toFixed(2)]),
  ])));
  return results;
};

const timesOf = async ({ directory, target }: Bench, name: ZooName, threads: number): Promise<Result> => {
  const model = join(directory, `${name}.onnx`), folder = join(directory, `${name}-${threads}`), candidates = join(directory, 'candidates');
  await loopsmith(directory, 'zoo', name, '-o', model);
  await loopsmith(directory, 'compile', model, '--threads', String(threads), '--target', target.id, '--records', join(directory, 'records.jsonl'), '-o', folder);
  const { tasks: compiled } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { readonly tasks: readonly { readonly task: string; readonly label: string; readonly calls: number; readonly schedule: string }[] };
  const network = unwrap(toNetwork(unwrap(onnx.import(zooModel(name), { name, shapes: {} })), networkOptions(x86Avx, target)));
  const tasks = new Map(extractTasks(network, { target, threads }).map(({ task }) => [task.key, task]));
  const builder = unwrap(await x86Avx.builder(target, candidates)), device = unwrap(await x86Avx.device(target, { threads, directory: candidates, seed: 1, weightBytes: constantBytes(network) }));
  const engine = startEngine({ engine: 'loopsmith', path: folder, network: name, threads, peers: repository('build', 'onnxruntime') });
  const times: number[] = [], kernels: KernelTimes[] = [];
  try {
    await engine.ask({ ask: 'times', runs: 1 });
    for (const [i, { task: key, label, calls, schedule: text }] of compiled.entries()) {
      if (i % kernelsPerTurn === 0) times.push(...await engine.ask({ ask: 'times', runs }));
      const task = tasks.get(key)!, schedule = unwrap(parseSchedule(text));
      const [artifact] = await builder.build(task, [{ id: candidateId(task, schedule), task: key, point: {}, schedule }]);
      const alone = unwrap(await device.prepare(task)), [measured] = await alone.compare([unwrap(artifact!)], samples);
      await alone.close();
      kernels.push({ label, calls, milliseconds: unwrap(measured!.outcome).samplesNs.map((ns) => ns / 1e6) });
    }
    times.push(...await engine.ask({ ask: 'times', runs }));
    await engine.ask({ ask: 'memory' });
  } finally {
    await device.close();
  }
  return { name, threads, network: times, kernels };
};
