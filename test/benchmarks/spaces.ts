/**
 * Records the six spaces that strategies are compared on: which task of which network each is, and how it was measured. Written beside
 * the other results, never into the repository; a space that is there already is not measured again.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { optimumOf, parseRecordedSpace, printRecordedSpace, recordedSpread, recordedTime, type RecordedSpace } from '@loopsmith/comparison';
import { unwrap } from '@loopsmith/util';
import type { ZooName } from '@loopsmith/zoo';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { tolerable } from './machine.js';
import { percent, table, times } from './table.js';

interface Recording {
  readonly name: string; readonly network: ZooName; readonly task: string;
  /** Options of the compiler, where the task is not the network's own. */
  readonly options?: readonly string[];
}

const recordings: readonly Recording[] = [
  { name: 'conv3x3-256-14', network: 'resnet18', task: 'conv2d 3x3 256→256 @14 +relu' },
  { name: 'conv1x1-s2-128-28', network: 'resnet18', task: 'conv2d 1x1 128→256 s2 @28 +add +relu' },
  { name: 'conv3x3-s2-128-28', network: 'resnet18', task: 'conv2d 3x3 128→256 s2 @28 +relu' },
  // cut before the activation, which is then the task's: where it is computed is a choice, and 196 points become 656
  {
    name: 'depthwise3x3-512-14', network: 'mobilenet', task: 'conv2d 3x3 512→512 g512 @14',
    options: ['--inputs', 'batchNormalization13_out', '--shape', 'batchNormalization13_out=1,512,14,14', '--outputs', 'relu14_out'],
  },
  { name: 'conv3x3-256-56', network: 'vgg16', task: 'conv2d 3x3 256→256 @56 +relu' },
  // a dense layer of every place of a picture: of one row it has 27 to 59 points on a CPU, of many rows that lie row by row at most 240
  { name: 'dense-512-1000-of-169', network: 'squeezenet1.1', task: 'conv2d 1x1 512→1000 @13 +relu' },
];

export const benchSpaces = async (bench: Bench): Promise<unknown> => {
  const folder = join(bench.directory, 'spaces'), rows: (readonly string[])[] = [];
  mkdirSync(folder, { recursive: true });
  for (const recording of recordings) {
    const file = join(folder, `${recording.name}.jsonl.gz`);
    if (!existsSync(file)) await record(bench, recording, file);
    rows.push(rowOf(recording.name, unwrap(parseRecordedSpace(gunzipSync(readFileSync(file)).toString('utf8'), recording.name))));
  }
  bench.print(`\nrecorded spaces in ${folder}; spread: first and second measurement of a point, median over points; untuned: by the best`);
  bench.print(table(['file', 'points', 'failed', 'untuned', 'worst', 'spread', 'conditions', 'task'], rows));
  return rows;
};

const record = async (bench: Bench, { name, network, task, options = ['--target', bench.target.id] }: Recording, file: string): Promise<void> => {
  const model = join(bench.directory, `${network}.onnx`), raw = file.replace(/\.gz$/, '');
  if (!existsSync(model)) await loopsmith(bench.directory, 'zoo', network, '-o', model);
  const { load } = await watched(bench, name, () => loopsmith(bench.directory, 'space', 'record', model, task, ...options, '-o', raw, ...(bench.points === null ? [] : ['--limit', String(bench.points)])));
  const recorded = unwrap(parseRecordedSpace(readFileSync(raw, 'utf8'), name)), taken = load.others + load.stolen;
  const conditions = taken <= tolerable ? 'quiet' : `others took ${percent(taken)} of a core`;
  writeFileSync(file, gzipSync(printRecordedSpace({ ...recorded, head: { ...recorded.head, conditions } }), { level: 9 }));
  rmSync(raw);
};

const rowOf = (name: string, space: RecordedSpace): readonly string[] => {
  const { head: { choices, untuned, conditions, label }, points } = space, optimum = optimumOf(space);
  const at = points.find(({ point }) => choices.every((choice) => point[choice.name] === untuned[choice.name]))!;
  const slowest = points.reduce((most, one) => Math.max(most, recordedTime(one) ?? 0), 0), first = recordedTime(at), spread = recordedSpread(space);
  return [name, String(points.length), String(points.filter(({ failure }) => failure !== null).length), first === null ? '-' : times(first / optimum), times(slowest / optimum), spread === null ? '-' : percent(spread), conditions, label];
};
