/** Two libraries of one network, timed by turns between probes, and how the second compares with the first. Builds neither. */
import { repository } from '@loopsmith/testing';
import { median } from '@loopsmith/stages';
import type { Bench } from './bench.js';
import { steadyBlocks, type Block } from './blocks.js';
import { startEngine, type Engine } from './engines.js';
import { oneBlock } from './network.js';
import { percent, table } from './table.js';

export interface Library { readonly name: string; /** Folder that `compile` wrote. */ readonly path: string; /** How long its search took. */ readonly tunedSeconds: number }

/** Prints the table of both, and of the second what it takes of the first's time. */
export const compareByTurns = async (bench: Bench, network: string, threads: number, libraries: readonly [Library, Library]): Promise<readonly Block[]> => {
  const engines = new Map(libraries.map(({ name, path }): [string, Engine] => [name, startEngine({ network, threads, peers: repository('build', 'onnxruntime'), engine: 'loopsmith', path })]));
  // the first turn of an engine warms it up
  for (const engine of engines.values()) await engine.ask({ ask: 'times', runs: 1 });
  const blocks: Block[] = [];
  for (let i = 0; i < bench.blocks; i++) blocks.push(await oneBlock(bench, engines, threads, i));
  // which ends them
  for (const engine of engines.values()) await engine.ask({ ask: 'memory' });
  report(bench, threads, blocks, libraries);
  return blocks;
};

const report = ({ print }: Bench, threads: number, blocks: readonly Block[], libraries: readonly [Library, Library]): void => {
  // of several threads, a block in which the machine's state changed says nothing
  const steady = steadyBlocks(blocks, threads), [first, second] = libraries;
  print(table(['tuned by', 'in s', 'median ms', 'min ms'], libraries.map(({ name, tunedSeconds }) => {
    const samples = steady.flatMap(({ milliseconds }) => milliseconds[name]!);
    return [name, tunedSeconds.toFixed(0), ...(samples.length === 0 ? ['-', '-'] : [median(samples).toFixed(2), Math.min(...samples).toFixed(2)])];
  })));
  const ratios = steady.map(({ milliseconds }) => median(milliseconds[second.name]!) / median(milliseconds[first.name]!));
  print(ratios.length === 0 ? 'The state changed during every block; run it again, with more --blocks.'
    : `the library of ${second.name} takes ${percent(median(ratios))} of the time of that of ${first.name} (${ratios.length} of ${blocks.length} blocks, from ${percent(Math.min(...ratios))} to ${percent(Math.max(...ratios))})`);
};
