/**
 * What every network of a maker is asked: does a compiled library answer as the framework does, which of its tasks does the
 * zoo's network of the same name not have, and what does looking at it cost. It judges nothing itself.
 */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import type { Frontend, ImportOptions } from '@loopsmith/contracts';
import { onnx } from '@loopsmith/frontend-onnx';
import type { Graph } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { extractTasks } from '@loopsmith/stages';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { zooModel, type ZooName } from '@loopsmith/zoo';
import { nodeWorld, runCli } from 'loopsmith';
import { loopsmith } from '../benchmarks/cli.js';

/** Exit code of `verify` and all that it said. */
export const verified = async (model: string, vectors: string, ...options: readonly string[]): Promise<readonly [code: number, said: string]> => {
  let said = '';
  const write = { write: (text: string) => { said += text; }, columns: null };
  return [await runCli(['verify', model, vectors, '--target', 'x86-avx:host', ...options], { ...nodeWorld(), out: write, err: write }, '0'), said];
};

/** Labels of tasks that one side has and the other has not. */
export interface Differences { readonly model: readonly string[]; readonly zoo: readonly string[] }
/** What test/data/imported-networks.json lists for a network, each difference under its reason; nothing where it lists none. */
export const listedDifferences = (maker: 'mxnet' | 'tensorflow' | 'torch', network: string): Differences => {
  const lists = JSON.parse(readFileSync(repository('test', 'data', 'imported-networks.json'), 'utf8')) as Readonly<Record<string, Readonly<Record<string, readonly Differences[]>>>>;
  const listed = lists[maker]?.[network] ?? [];
  return { model: listed.flatMap(({ model }) => model).sort(), zoo: listed.flatMap(({ zoo }) => zoo).sort() };
};

export const importedFrom = (frontend: Frontend, path: string, shapes: ImportOptions['shapes']): Graph => unwrap(frontend.import(readFileSync(path), {
  name: basename(dirname(path)), file: basename(path), shapes, listBeside: (folder) => readdirSync(join(dirname(path), folder)), readBeside: (beside) => readFileSync(join(dirname(path), beside)),
}));

export const differencesFrom = async (graph: Graph, zoo: ZooName): Promise<Differences> => {
  const target = unwrap(await x86Avx.resolve('avx2'));
  const tasks = (one: Graph): ReadonlyMap<string, string> => new Map(extractTasks(unwrap(toNetwork(one, { channelBlock: x86Avx.channelBlock(target) })), { target, threads: 1 }).map(({ task }) => [task.key, task.label]));
  const mine = tasks(graph), own = tasks(unwrap(onnx.import(zooModel(zoo), { name: zoo, shapes: {} })));
  const missing = (from: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] => [...from].flatMap(([key, label]) => (other.has(key) ? [] : [label])).sort();
  return { model: missing(mine, own), zoo: missing(own, mine) };
};

const sizeOf = (path: string): number => (statSync(path).isDirectory() ? readdirSync(path).filter((name) => name !== 'test_data_set_0').reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : statSync(path).size);

/**
 * What `extract` takes as a process of its own, Node's start included, with AVX2 and with what this machine has, printed: seconds, CPU seconds of all its
 * threads, which is at least what it takes on an idle machine, and the higher peak memory above a process that only says its version, as a multiple
 * of the model's size.
 */
export const costOfLooking = async (name: string, model: string, ...options: readonly string[]): Promise<{ readonly bytes: number; readonly memory: number }> => {
  const idle = await loopsmith('.', '--version'), bytes = sizeOf(model), said: string[] = [];
  let memory = 0;
  for (const isa of ['avx2', 'host']) {
    const { seconds, peakBytes, cpuSeconds } = await loopsmith('.', 'extract', model, '--target', `x86-avx:${isa}`, ...options);
    memory = Math.max(memory, (peakBytes - idle.peakBytes) / bytes);
    said.push(`${isa} ${seconds.toFixed(2)} s (${cpuSeconds.toFixed(2)} s of CPU)`);
  }
  process.stdout.write(`      ${name}: ${(bytes / 1e6).toFixed(0)} MB, extract ${said.join(', ')}, memory ${memory.toFixed(2)} x the file\n`);
  return { bytes, memory };
};
