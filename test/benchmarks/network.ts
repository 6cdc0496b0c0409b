/** One network of the zoo, tuned and untuned, against ONNX Runtime: times by turns between probes, and answers against stored ones. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from '@loopsmith/testing';
import type { ZooName } from '@loopsmith/zoo';
import { median } from '@loopsmith/stages';
import { watched, type Bench } from './bench.js';
import { steadyBlocks, type AnswerError, type Block, type NetworkResult } from './blocks.js';
import { loopsmith } from './cli.js';
import { startEngine, startPeer, type Engine } from './engines.js';
import { installOnnxRuntime, onnxRuntimeVersion } from './onnxruntime.js';
import { installedPeers, installPeers, peerNames, peerPython, peerSetup } from './peers.js';
import { giga, percent, table, times } from './table.js';

const runsPerTurn = 12;

export const benchNetwork = async (bench: Bench, name: ZooName): Promise<readonly NetworkResult[]> => {
  const { directory, print } = bench, model = join(directory, `${name}.onnx`), peers = repository('build', 'onnxruntime');
  installOnnxRuntime(peers);
  const python = installedPeers(peerPython), missing = peerNames.filter((peer) => !python.has(peer)), stored = storedRuns(name);
  if (!existsSync(model)) await loopsmith(directory, 'zoo', name, '-o', model);
  const results: NetworkResult[] = [];
  for (const threads of bench.threads) {
    const tuned = join(directory, `${name}-${threads}`), untuned = join(directory, `${name}-${threads}-untuned`), options = [model, '--threads', String(threads), '--target', bench.target.id];
    await loopsmith(directory, 'tune', ...options, '--records', join(directory, 'records.jsonl'), '--trials', String(bench.trials));
    const { out } = await loopsmith(directory, 'compile', ...options, '--records', join(directory, 'records.jsonl'), '-o', tuned);
    await loopsmith(directory, 'compile', ...options, '--untuned', '-o', untuned);
    print(`\n${name}, ${threads} thread${threads === 1 ? '' : 's'}, ${bench.trials} trials: ${out.split('\n')[0]}`);

    const setup = { network: name, threads, peers };
    const engines = new Map<string, Engine>([
      ['loopsmith', startEngine({ ...setup, engine: 'loopsmith', path: tuned })],
      ['loopsmith untuned', startEngine({ ...setup, engine: 'loopsmith', path: untuned })],
      [`onnxruntime ${onnxRuntimeVersion}`, startEngine({ ...setup, engine: 'onnxruntime', path: model })],
      ...[...python].map(([peer, version]): [string, Engine] => [`${peer} ${version}`, startPeer(peerSetup(peer, name, model, threads, stored.map(({ seed }) => seed), directory))]),
    ]);
    const errors = await answerErrors(stored, engines);
    // the first turn of an engine warms it up
    for (const engine of engines.values()) await engine.ask({ ask: 'times', runs: 1 });
    const blocks: Block[] = [];
    for (let i = 0; i < bench.blocks; i++) blocks.push(await oneBlock(bench, engines, threads, i));
    const memory = new Map<string, number>();
    for (const [engine, { ask }] of engines) memory.set(engine, (await ask({ ask: 'memory' }))[0]!);
    report(bench, threads, blocks, errors, memory, missing);
    results.push({ threads, blocks, errors, peakBytes: Object.fromEntries(memory) });
  }
  return results;
};

export const oneBlock = async (bench: Bench, engines: ReadonlyMap<string, Engine>, threads: number, turn: number): Promise<Block> => {
  const before = await bench.prober.probe(threads);
  const order = [...engines.keys()].map((_, i, names) => names[(i + turn) % names.length]!);
  const { value, load } = await watched(bench, `block ${turn + 1}`, async () => {
    const milliseconds: Record<string, readonly number[]> = {};
    for (const name of order) milliseconds[name] = await engines.get(name)!.ask({ ask: 'times', runs: runsPerTurn });
    return milliseconds;
  });
  return { before, after: await bench.prober.probe(threads), load, milliseconds: value };
};

interface StoredRun { readonly seed: number; readonly output: readonly number[] }
/** What ONNX Runtime answered without optimization when the reference was stored. */
const storedRuns = (name: ZooName): readonly StoredRun[] => (JSON.parse(readFileSync(repository('test', 'data', 'zoo', `${name}.json`), 'utf8')) as { readonly runs: readonly StoredRun[] }).runs;

const answerErrors = async (runs: readonly StoredRun[], engines: ReadonlyMap<string, Engine>): Promise<readonly AnswerError[]> => {
  const errors: AnswerError[] = [];
  for (const { seed, output } of runs)
    for (const [engine, { ask }] of engines) {
      const answer = await ask({ ask: 'answer', seed });
      const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
      const differences = output.map((value, i) => (answer[i] ?? NaN) - value);
      errors.push({ engine, seed, relative: norm(differences) / norm(output), largest: differences.reduce((worst, value) => Math.max(worst, Math.abs(value)), 0) });
    }
  return errors;
};

const report = ({ print }: Bench, threads: number, blocks: readonly Block[], errors: readonly AnswerError[], memory: ReadonlyMap<string, number>, missing: readonly string[]): void => {
  const engines = Object.keys(blocks[0]!.milliseconds).sort((a, b) => [...memory.keys()].indexOf(a) - [...memory.keys()].indexOf(b));
  const peer = engines.find((engine) => engine.startsWith('onnxruntime'))!;
  // a block in which the state changed is of neither; one thread does not notice it
  const steady = steadyBlocks(blocks, threads), states = new Set(threads === 1 ? ['one thread'] : steady.map(({ before }) => before.state));
  for (const state of states) {
    const of = threads === 1 ? steady : steady.filter(({ before }) => before.state === state);
    const probes = of.flatMap(({ before, after }) => [before, after]);
    print(`\n${state}: ${of.length} of ${blocks.length} blocks of ${runsPerTurn} runs; round trip ${median(probes.map(({ pingPongNs }) => pingPongNs)).toFixed(0)} ns, FMA ${giga(median(probes.map(({ flops }) => flops)))} GFLOP/s, memory ${giga(median(probes.map(({ memoryBytesPerSecond }) => memoryBytesPerSecond)))} GB/s, others up to ${percent(Math.max(...of.map(({ load }) => load.others)))} of a core`);
    const samples = (engine: string): readonly number[] => of.flatMap(({ milliseconds }) => milliseconds[engine]!);
    const ratios = (engine: string): readonly number[] => of.map(({ milliseconds }) => median(milliseconds[peer]!) / median(milliseconds[engine]!));
    print(table(['engine', 'median ms', 'min ms', 'speed against ONNX Runtime', 'blocks from', 'to', 'peak MiB'], engines.map((engine) => [
      engine, median(samples(engine)).toFixed(2), Math.min(...samples(engine)).toFixed(2), times(median(samples(peer)) / median(samples(engine))),
      times(Math.min(...ratios(engine))), times(Math.max(...ratios(engine))), (memory.get(engine)! / 2 ** 20).toFixed(0),
    ]).concat(missing.map((engine) => [engine, 'not installed', '', '', '', '', '']))));
  }
  if (missing.length > 0) print(`\n${missing.join(' and ')}: not installed; in the folder of the repository: ${installPeers}`);
  if (states.size === 0) print('\nThe state changed during every block; run it again, with more --blocks.');
  print(`\n${table(['answer against the stored one', 'seed', 'relative error', 'largest difference'], errors.map(({ engine, seed, relative, largest }) => [engine, String(seed), relative.toExponential(1), largest.toExponential(1)]))}`);
};
