/**
 * Cost models on recorded spaces, without hardware: each learns from a part of a space and ranks the rest, beside XGBoost (from PyPI,
 * as AutoTVM sets it) on the same features and the same parts. And how long a fit of 4,000 rows takes.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseRecordedSpace, recordedTime, type RecordedSpace } from '@loopsmith/comparison';
import type { CostModel, Draft } from '@loopsmith/contracts';
import { analytical } from '@loopsmith/cost-model-analytical';
import { gbt, gbtPlain } from '@loopsmith/cost-model-gbt';
import { neural } from '@loopsmith/cost-model-neural';
import { median, recallOfFastest } from '@loopsmith/stages';
import { repository } from '@loopsmith/testing';
import { rankCorrelation, seededRandom, unwrap } from '@loopsmith/util';
import type { Bench } from './bench.js';
import { table } from './table.js';

const models: readonly CostModel[] = [analytical, gbt, gbtPlain, neural];
/** Examples to learn from, where at least as many are left to rank; splits of each space. */
const sizes = [32, 64, 128, 256], splits = 10;
const xgboostPackage = 'xgboost-cpu==3.0.5';

interface Row { readonly draft: Draft; readonly milliseconds: number }
interface Split { readonly space: string; readonly size: number; readonly train: readonly Row[]; readonly test: readonly Row[] }
interface Score { readonly space: string; readonly size: number; readonly model: string; readonly rank: number; readonly recall: number }

export const benchCostModels = async (bench: Bench): Promise<unknown> => {
  const found = recordedSpaces().flatMap((space) => splitsOf(space));
  const ranked = rankByXgboost(bench, found), scores: Score[] = [];
  for (const [i, { space, size, train, test }] of found.entries()) {
    const truth = test.map(({ milliseconds }) => milliseconds);
    const judge = (model: string, predicted: ArrayLike<number>): number => scores.push({ space, size, model, rank: rankCorrelation(predicted, truth), recall: recallOfFastest(Array.from(predicted), truth) });
    for (const model of models) judge(model.id, model.predict(model.fit(train), test.map(({ draft }) => draft)));
    judge('XGBoost rank', ranked[i]!.rank);
    judge('XGBoost reg', ranked[i]!.reg);
  }
  const names = [...new Set(scores.map(({ model }) => model))], mean = (of: readonly number[]): string => (of.length === 0 ? '-' : (of.reduce((a, b) => a + b, 0) / of.length).toFixed(3));
  const line = (label: string, of: (score: Score) => boolean): readonly string[] => [label, ...names.flatMap((model) => { const own = scores.filter((one) => one.model === model && of(one)); return [mean(own.map(({ rank }) => rank)), mean(own.map(({ recall }) => recall))]; })];
  bench.print(`\nrank correlation and recall of the fastest tenth on points not seen, means over ${splits} splits; XGBoost on the same features without the draft's time, as gbt-plain`);
  bench.print(table(['', ...names.flatMap((name) => [name, 'recall'])], [
    ...[...new Set(scores.map(({ space }) => space))].map((space) => line(space, (one) => one.space === space)),
    ...sizes.map((size) => line(`${size} examples`, (one) => one.size === size)), line('all', () => true),
  ]));
  const seconds = fitSeconds();
  bench.print(`\ngbt: a fit of 4,000 rows of 150 features takes ${median(seconds).toFixed(2)} s (median of ${seconds.length}, least ${Math.min(...seconds).toFixed(2)} s)`);
  return { scores, fitSeconds: seconds };
};

/** Those of the repository, the held-out ones too: nothing is tuned by what is printed here. */
const recordedSpaces = (): readonly RecordedSpace[] =>
  ['spaces', 'spaces/held'].flatMap((folder) => {
    const at = repository('test', 'data', ...folder.split('/'));
    return readdirSync(at).filter((name) => name.endsWith('.jsonl.gz')).sort().map((name) => unwrap(parseRecordedSpace(gunzipSync(readFileSync(join(at, name))).toString('utf8'), name)));
  });

const splitsOf = ({ head, points }: RecordedSpace): readonly Split[] => {
  const rows = points.flatMap((point): readonly Row[] => {
    const milliseconds = recordedTime(point);
    return milliseconds === null ? [] : [{ draft: { milliseconds: point.draftMilliseconds, refused: null, features: Float64Array.from(point.features) }, milliseconds }];
  });
  return sizes.filter((size) => 2 * size <= rows.length).flatMap((size) => Array.from({ length: splits }, (_, split): Split => {
    const random = seededRandom(split + 1), order = [...rows.keys()].map((row) => ({ row, at: random.next() })).sort((a, b) => a.at - b.at).map(({ row }) => rows[row]!);
    return { space: head.label, size, train: order.slice(0, size), test: order.slice(size) };
  }));
};

interface Predicted { readonly rank: readonly number[]; readonly reg: readonly number[] }

/** In a virtual environment of its own, made once in the benchmark's folder. */
const rankByXgboost = ({ directory, print }: Bench, found: readonly Split[]): readonly Predicted[] => {
  const folder = join(directory, 'xgboost'), python = join(folder, 'bin', 'python');
  const run = (program: string, args: readonly string[], input = ''): string => {
    const { status, stdout, stderr, error } = spawnSync(program, args, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
    if (error || status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${error?.message ?? stderr}`);
    return stdout;
  };
  if (!existsSync(python)) {
    mkdirSync(directory, { recursive: true });
    print(`installing ${xgboostPackage} into ${folder}`);
    run('python3', ['-m', 'venv', folder]);
  }
  run(python, ['-m', 'pip', 'install', '--quiet', '--no-compile', xgboostPackage]);
  const features = (rows: readonly Row[]): readonly (readonly number[])[] => rows.map(({ draft }) => [...draft.features]);
  const jobs = found.map(({ train, test }) => JSON.stringify({ train: features(train), times: train.map(({ milliseconds }) => milliseconds), test: features(test) }));
  return run(python, [repository('test', 'benchmarks', 'rank-xgboost.py')], `${jobs.join('\n')}\n`).trim().split('\n').map((line) => JSON.parse(line) as Predicted);
};

const fitSeconds = (): readonly number[] => {
  const random = seededRandom(1);
  const rows = Array.from({ length: 4000 }, (): Row => {
    const features = Float64Array.from({ length: 150 }, () => Math.round(random.next() * 64) / 8);
    return { draft: { milliseconds: 1 + Math.abs(features[0]! - 5), refused: null, features }, milliseconds: 1 + Math.abs(features[0]! - 3) + features[1]! * features[2]! };
  });
  return Array.from({ length: 7 }, () => { const began = performance.now(); gbt.fit(rows); return (performance.now() - began) / 1000; });
};
