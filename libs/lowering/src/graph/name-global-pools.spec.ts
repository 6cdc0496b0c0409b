/** Means and maxima over whole images, and reductions that are none. */
import { expect } from 'chai';
import { printGraph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { nameGlobalPools } from './name-global-pools.js';

const named = (...lines: readonly string[]): string => printGraph(nameGlobalPools(unwrap(parseGraph(`graph g(x: f32[1,2,3,4]) -> y\n${lines.map((line) => `  ${line}\n`).join('')}`)))).trimEnd().split('\n').slice(1).map((line) => line.trim()).join('; ');

describe('reductions over whole images', () => {
  it('are global pools', () => {
    expect(named('y: f32[1,2,1,1] = reduceMean(x) {axes: [3,-2]}')).to.equal('y: f32[1,2,1,1] = globalAveragePool(x)');
    expect(named('y: f32[1,2,1,1] = reduceMax(x) {axes: [2,3], keepDims: true}')).to.equal('y: f32[1,2,1,1] = globalMaxPool(x)');
  });
  it('that leave their axes out are reshaped', () =>
    expect(named('y: f32[1,2] = reduceMean(x) {axes: [2,3], keepDims: false}')).to.equal('y.pooled: f32[1,2,1,1] = globalAveragePool(x) as y.pool; y: f32[1,2] = reshape(y.pooled) {shape: [1,2]}'));
  it('over other axes, and sums, stay', () => {
    for (const line of ['y: f32[1,2,3,1] = reduceMean(x) {axes: [3]}', 'y: f32[1,2,1,1] = reduceSum(x) {axes: [2,3]}', 'y: f32[1,1,1,4] = reduceMax(x) {axes: [1,2]}']) expect(named(line)).to.equal(line);
  });
});
