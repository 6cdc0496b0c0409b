/** How long the program itself takes and what memory: `--help`, a model's import, a whole compilation. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '@loopsmith/stages';
import { watched, type Bench } from './bench.js';
import { loopsmith, type Finished } from './cli.js';
import { table } from './table.js';

const network = 'resnet18';

export const benchProgram = async (bench: Bench): Promise<unknown> => {
  const { directory } = bench, model = join(directory, `${network}.onnx`);
  if (!existsSync(model)) await loopsmith(directory, 'zoo', network, '-o', model);
  const times = async (runs: number, ...args: readonly string[]): Promise<readonly Finished[]> => {
    const all: Finished[] = [];
    for (let i = 0; i < runs; i++) all.push(await loopsmith(directory, ...args));
    return all;
  };
  const { value: rows, load } = await watched(bench, 'the commands', async () => [
    ['loopsmith --help', await times(15, '--help')],
    [`compile ${network} --untuned`, await times(5, 'compile', model, '--untuned', '-o', join(directory, 'program'))],
    [`compile ${network}, tuned`, await times(5, 'compile', model, '--records', join(directory, 'records.jsonl'), '-o', join(directory, 'program'))],
  ] as const);
  bench.print(`\n${table(['command', 'runs', 'median s', 'min s', 'peak MiB of Node'], rows.map(([command, runs]) => [
    command, String(runs.length), median(runs.map(({ seconds }) => seconds)).toFixed(3), Math.min(...runs.map(({ seconds }) => seconds)).toFixed(3), (Math.max(...runs.map(({ peakBytes }) => peakBytes)) / 2 ** 20).toFixed(0),
  ]))}`);
  return { load, commands: rows.map(([command, runs]) => ({ command, runs: runs.map(({ seconds, peakBytes }) => ({ seconds, peakBytes })) })) };
};
