/**
 * How often finals call one of two equal kernels faster: the same code built once and compared with itself, as finals compare,
 * in 500 pairs over several layers. Every "faster" is wrong here.
 */
import { join } from 'node:path';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { candidateOf, chooseWinner } from '@loopsmith/stages';
import { unwrap } from '@loopsmith/util';
import { watched, type Bench } from './bench.js';
import { layers, layerTask } from './layers.js';
import { percent, table } from './table.js';

/** `rounds` as in finals. */
const pairs = 500, rounds = 30;

export const benchVerdicts = async (bench: Bench): Promise<unknown> => {
  const { target, directory, print } = bench, candidates = join(directory, 'candidates');
  const device = unwrap(await x86Avx.device(target, { threads: 1, directory: candidates, seed: 1 })), builder = unwrap(await x86Avx.builder(target, candidates));
  const results: { readonly label: string; readonly pairs: number; readonly second: number; readonly first: number; readonly samplesNs: readonly (readonly (readonly number[])[])[] }[] = [];
  try {
    for (const [i, layer] of layers.entries()) {
      const { task } = layerTask(layer, target, true), space = x86Avx.space(task);
      const [built] = await builder.build(task, [unwrap(candidateOf(task, space, space.untuned()))]), artifact = unwrap(built!);
      const device_ = unwrap(await device.prepare(task)), count = Math.floor((pairs * (i + 1)) / layers.length) - Math.floor((pairs * i) / layers.length);
      const { value: samplesNs } = await watched(bench, task.label, async () => {
        const all: (readonly (readonly number[])[])[] = [];
        for (let pair = 0; pair < count; pair++) all.push((await device_.compare([artifact, artifact], rounds)).map(({ outcome }) => unwrap(outcome).samplesNs));
        return all;
      });
      await device_.close();
      // both orders: whoever comes first wins a tie, so only the second can be called faster, and by turns each is the second
      const faster = (lists: (pair: readonly (readonly number[])[]) => readonly (readonly number[])[]): number => samplesNs.filter((pair) => chooseWinner(lists(pair)) !== 0).length;
      results.push({ label: task.label, pairs: count, second: faster((pair) => pair), first: faster((pair) => pair.toReversed()), samplesNs });
    }
  } finally {
    await device.close();
  }
  const sum = (of: (one: (typeof results)[number]) => number): number => results.reduce((total, one) => total + of(one), 0);
  print(`\nequal kernels compared as in finals, ${rounds} rounds by turns: how often one is called faster`);
  print(table(['layer', 'pairs', 'the second', 'the first, if it came second', 'share'], [
    ...results.map(({ label, pairs: of, second, first }) => [label, String(of), String(second), String(first), percent((second + first) / (2 * of))]),
    ['all', String(sum((one) => one.pairs)), String(sum((one) => one.second)), String(sum((one) => one.first)), percent(sum((one) => one.second + one.first) / (2 * sum((one) => one.pairs)))],
  ]));
  return results;
};
