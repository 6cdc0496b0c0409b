/** A comparison of strategies: reads spaces, spreads the runs over worker threads, writes table and pictures. Simulates nothing itself. */
import { comparisonHtml, comparisonText, curvePlot, rankDiagram, tabulate, type Pair, type Run } from '@loopsmith/comparison';
import { refuse, unwrap } from '@loopsmith/util';
import { existsSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openHost } from './compiler.js';
import { simulations, type Job } from './comparison-jobs.js';
import { makeFolder, writeBytes } from './files.js';
import { comparedPairs } from './plugins.js';
import { readSpace } from './recorded-files.js';
import type { World } from './world.js';

export interface CompareOptions {
  readonly pair: readonly string[];
  readonly space: readonly string[];
  readonly seeds: number;
  readonly trials: number;
  readonly within: number;
  readonly workers?: number;
  readonly plugin: readonly string[];
  readonly output?: string;
}

/** Beside the program in the package, among the tests in a checkout. */
const ownSpaces = ['../data/spaces', '../../../test/data/spaces'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));

export const compareStrategies = async (world: World, options: CompareOptions): Promise<void> => {
  const host = await openHost(world, options.plugin);
  const names = options.pair.length > 0 ? options.pair : comparedPairs, pairs = names.map(pairOf);
  for (const { strategy, model } of pairs) { unwrap(await host.strategies.get(strategy)); unwrap(await host.costModels.get(model)); }
  const files = options.space.length > 0 ? options.space.map((file) => resolve(world.folder, file)) : builtInSpaces();
  const spaces = files.map((file, i) => readSpace(file, options.space[i] ?? basename(file)));
  const jobs = spaces.flatMap((_, space) =>
    pairs.map((pair, number): Job => ({
      space,
      number,
      pair,
      trials: options.trials,
      seeds: Array.from({ length: options.seeds }, (__, seed) => seed + 1),
    })),
  );
  const began = world.clock.now();
  const runs: readonly Run[] = await simulations(world, { files, jobs, plugins: options.plugin, workers: options.workers ?? world.cores });
  const table = tabulate(runs, { pairs: names, spaces: spaces.map(({ head }) => head.label), share: options.within, trials: options.trials });
  const noisy = spaces.filter(({ head }) => head.conditions !== 'quiet').map(({ head }) => `${head.label} was recorded under these conditions: ${head.conditions}`);
  world.out.write(`${comparisonText(table, world.out.columns)}${noisy.map((line) => `${line}\n`).join('')}${runs.length} runs in ${((world.clock.now() - began) / 1000).toFixed(1)} s\n`);
  if (options.output === undefined) return;
  const folder = resolve(world.folder, options.output);
  makeFolder('', folder);
  const about = [
    `${options.seeds} seeds, at most ${options.trials} trials, batches as in a real run where a pair does not say its own.`,
    ...spaces.map(
      ({ head, points }) =>
        `${head.label}: ${points.length} points of ${head.space}, measured on ${head.environment.cpu} (${head.environment.isa}, ${head.environment.threads} thread${head.environment.threads === 1 ? '' : 's'}), ${head.time.slice(0, 10)}, conditions: ${head.conditions}.`,
    ),
  ];
  writeBytes('', join(folder, 'comparison.html'), comparisonHtml(table, about));
  writeBytes('', join(folder, 'ranks.svg'), rankDiagram(names, table.ranks));
  table.cells.forEach((cells, i) => writeBytes('', join(folder, `curve-${i + 1}.svg`), curvePlot(table.spaces[i]!, names, cells)));
  world.out.write(`Wrote ${options.output}: comparison.html, ranks.svg, ${table.cells.length} curves\n`);
};

const builtInSpaces = (): readonly string[] => {
  const folder = ownSpaces.find((one) => existsSync(one));
  const files = folder === undefined ? [] : readdirSync(folder).filter((name) => /\.jsonl(\.gz)?$/.test(name)).sort().map((name) => join(folder, name));
  return files.length > 0
    ? files
    : refuse({
        code: 'spaces-missing',
        stage: 'records',
        message: 'there are no recorded spaces here; name some with --space, and record them with `loopsmith space record`',
      });
};

const pairOf = (text: string): Pair => {
  const [, strategy, model, own, alone] = /^([^+@:]+)\+([^+@:]+)(?:@(\d+))?(:alone)?$/.exec(text) ?? [];
  if (strategy === undefined || model === undefined)
    return refuse({
      code: 'pair-invalid',
      stage: 'records',
      message: `"${text}" is no pair of a strategy and a cost model; write it like annealing+gbt, or autotvm+gbt@64 for batches of 64`,
    });
  return { strategy, model, batch: own === undefined ? null : Number(own), alone: alone !== undefined };
};
