/** Powers as the text of the graph that comes out. */
import { expect } from 'chai';
import { printGraph, verifyGraph } from '@loopsmith/ir';
import { graphFrom } from '../testing/graphs.js';
import { writeOutPowers } from './write-out-powers.js';

const nodesOf = (text: string): readonly string[] => {
  const graph = writeOutPowers(graphFrom(text));
  expect(verifyGraph(graph)).to.deep.equal([]);
  return printGraph(graph).split('\n').filter((line) => line.includes('(') && !line.startsWith('graph')).map((line) => line.trim());
};

describe('writeOutPowers', () => {
  for (const [what, exponent, nodes] of [
    ['a square is a product', 'f32[] = 2', ['y: f32[2,3] = multiply(x, x)']],
    ['a cube is two, whatever axes its exponent has', 'f32[1,1] = 3', ['y.square: f32[2,3] = multiply(x, x)', 'y: f32[2,3] = multiply(x, y.square)']],
    ['a root stays, for it is no root of what is negative', 'f32[] = 0.5', ['y: f32[2,3] = power(x, e)']],
    ['exponents of elements stay', 'f32[3] = 2, 3, 2', ['y: f32[2,3] = power(x, e)']],
  ] as const) it(what, () => { expect(nodesOf(`graph g(x: f32[2,3]) -> y\n      e: ${exponent}\n      y: f32[2,3] = power(x, e)`)).to.deep.equal(nodes); });
  it('a power of a broadcast stays', () => {
    expect(nodesOf('graph g(x: f32[3]) -> y\n      e: f32[2,1] = 2, 2\n      y: f32[2,3] = power(x, e)')).to.deep.equal(['y: f32[2,3] = power(x, e)']);
  });
});
