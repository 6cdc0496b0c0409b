/** Trained MXNet models: their vectors through compiled libraries, their published accuracies on real images, and big symbols without weights. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { toNetwork } from '@loopsmith/lowering';
import { readSymbol, writeParams, type MxnetArray } from '@loopsmith/mxnet-file';
import { command, file, needs, repository, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { InferenceSession, Tensor, nodeWorld, runCli } from 'loopsmith';
import { mxnetCases, mxnetFolder } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'MXNet models', cases: mxnetCases(), folder: mxnetFolder, refusals: 'mxnet-models.json', batch: 1, least: 1, limitMs: 300_000 });

/** Images, row by row, and the class of each. */
interface Labelled { readonly images: Float32Array; readonly labels: readonly number[] }

const mnist = (): Labelled => {
  const read = (name: string): Buffer => gunzipSync(readFileSync(shared('models', 'datasets', 'mnist', name)));
  return { images: Float32Array.from(read('t10k-images-idx3-ubyte.gz').subarray(16), (byte) => byte / 255), labels: [...read('t10k-labels-idx1-ubyte.gz').subarray(8)] };
};
const mean = [0.4914, 0.4822, 0.4465], deviation = [0.2023, 0.1994, 0.201];
/** Rows of label, then pixels as HWC; the network takes CHW, normalised as GluonCV does. */
const cifar = (): Labelled => {
  const rows = readFileSync(shared('models', 'datasets', 'cifar10-sample', 'cifar10_test_rows_000-039.csv'), 'utf8').trim().split('\n').map((row) => row.split(',').map(Number));
  const images = Float32Array.from({ length: rows.length * 3072 }, (_, i) => {
    const pixel = i % 1024, channel = Math.floor((i % 3072) / 1024);
    return (rows[Math.floor(i / 3072)]![1 + 3 * pixel + channel]! / 255 - mean[channel]!) / deviation[channel]!;
  });
  return { images, labels: rows.map(([label]) => label!) };
};

describe('MXNet models on real images', function () {
  this.timeout(300_000);
  const published: readonly (readonly [string, string, () => Labelled, readonly number[], number])[] = [
    ['mnist-lenet', 'mnist', mnist, [100, 1, 28, 28], 9911], ['cifar_resnet20_v1', 'cifar10-sample', cifar, [40, 3, 32, 32], 38],
  ];
  for (const [name, data, read, shape, right] of published) {
    it(`${name} is right about ${right} of ${data}`, async function () {
      needs(this, file(shared('models', 'datasets', data)), command('gcc'));
      const folder = mkdtempSync(join(tmpdir(), 'loopsmith-mxnet-'));
      try {
        expect(await runCli(['compile', shared('models', 'mxnet', name), '--untuned', '--shape', `data=${shape.join()}`, '-o', folder], { ...nodeWorld(), out: { write: () => undefined, columns: null } }, '0')).to.equal(0);
        const session = await InferenceSession.create(folder), { images, labels } = read(), each = shape.reduce((product, extent) => product * extent, 1);
        let found = 0;
        for (let at = 0; at < images.length; at += each) {
          const [output] = Object.values(await session.run({ data: new Tensor('float32', images.subarray(at, at + each), [...shape]) })), classes = output!.dims[1]!;
          for (let i = 0; i < shape[0]!; i++) {
            const scores = Array.from(output!.data.subarray(i * classes, (i + 1) * classes), Number);
            if (scores.indexOf(Math.max(...scores)) === labels[(at / each) * shape[0]! + i]) found++;
          }
        }
        expect([found, labels.length]).to.deep.equal([right, images.length / each * shape[0]!]);
      } finally { rmSync(folder, { recursive: true }); }
    });
  }
});

describe('MXNet symbols without weights', () => {
  const random = (shape: readonly number[]): MxnetArray => ({ dtype: 'f32', shape, values: Float32Array.from({ length: shape.reduce((product, extent) => product * extent, 1) }, (_, i) => 0.5 + (i % 7) / 16) });
  const declared = (symbol: Uint8Array): Readonly<Record<string, readonly number[]>> => Object.fromEntries(unwrap(readSymbol(symbol)).nodes.flatMap(({ operator, name, attributes }) => {
    const shape = attributes.get('__shape__');
    return operator === 'null' && shape !== undefined ? [[name, shape.replace(/[()\s]/g, '').split(',').filter((extent) => extent !== '').map(Number)] as const] : [];
  }));
  const inferred = (): Readonly<Record<string, readonly number[]>> => JSON.parse(readFileSync(repository('test', 'data', 'mxnet', 'resnet-152-shapes.json'), 'utf8')) as Readonly<Record<string, readonly number[]>>;
  const symbols: readonly (readonly [string, readonly number[], (symbol: Uint8Array) => Readonly<Record<string, readonly number[]>>, number])[] = [
    // the most calls: 155 convolutions, and what normalises before them and cannot fold; 111 convolutions with all of it folded
    ['resnet-152', [1, 3, 224, 224], inferred, 206], ['cifar_resnet110_v1', [1, 3, 32, 32], declared, 113],
  ];
  for (const [name, data, shapesOf, calls] of symbols) {
    it(`${name} becomes a network`, function () {
      this.timeout(60_000);
      const path = shared('models', 'mxnet', 'symbol-only', `${name}-symbol.json`);
      needs(this, file(path));
      const symbol = readFileSync(path), arrays = new Map(Object.entries(shapesOf(symbol)).map(([parameter, shape]) => [parameter, random(shape)]));
      const bytes = writeParams(arrays);
      const graph = unwrap(mxnet.import(symbol, { name, file: `${name}-symbol.json`, shapes: { data }, listBeside: () => [`${name}-0000.params`], readBeside: () => bytes }));
      expect(unwrap(toNetwork(graph, { channelBlock: 8 })).calls.length).to.be.at.most(calls);
    });
  }
});
