/** Trained MXNet models: their vectors through compiled libraries; and big symbols without weights. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { toNetwork } from '@loopsmith/lowering';
import { readSymbol, writeParams, type MxnetArray } from '@loopsmith/mxnet-file';
import { file, needs, repository, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { mxnetCases, mxnetFolder } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'MXNet models', cases: mxnetCases(), folder: mxnetFolder, refusals: 'mxnet-models.json', batch: 1, least: 1, limitMs: 300_000 });

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
      const path = shared('models', 'mxnet', 'symbol-only', `${name}-symbol.json`);
      needs(this, file(path));
      const symbol = readFileSync(path), arrays = new Map(Object.entries(shapesOf(symbol)).map(([parameter, shape]) => [parameter, random(shape)]));
      const bytes = writeParams(arrays);
      const graph = unwrap(mxnet.import(symbol, { name, file: `${name}-symbol.json`, shapes: { data }, listBeside: () => [`${name}-0000.params`], readBeside: () => bytes }));
      expect(unwrap(toNetwork(graph, { channelBlock: 8 })).calls.length).to.be.at.most(calls);
    });
  }
});
