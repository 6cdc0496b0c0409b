/** Concatenations that read an earlier one, and those that stay as they are. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { nestConcats } from './nest-concats.js';

const graphOf = (...lines: readonly string[]): Graph => unwrap(parseGraph(`graph g(a: f32[1,1], b: f32[1,2], c: f32[1,1]) -> y\n${lines.map((line) => `  ${line}\n`).join('')}`));
const reads = (graph: Graph): string => nestConcats(graph).nodes.map(({ inputs, outputs }) => `${outputs.join()} <- ${inputs.join(' ')}`).join('; ');

describe('concatenations that begin alike', () => {
  const three = graphOf('p: f32[1,3] = concat(a, b) {axis: 1}', 'q: f32[1,4] = concat(a, b, c) {axis: -1}', 'y: f32[1,5] = concat(a, b, c, a) {axis: 1}');
  it('read one another, the longest first, and make the same', () => {
    expect(reads(three)).to.equal('p <- a b; q <- p c; y <- q a');
    const answers = [three, nestConcats(three)].map((graph) => [...toNumbers(evaluateGraph(graph, new Map([['a', fromNumbers('f32', [1, 1], [1])], ['b', fromNumbers('f32', [1, 2], [2, 3])], ['c', fromNumbers('f32', [1, 1], [4])]])).get('y')!)]);
    expect(answers).to.deep.equal([[1, 2, 3, 4, 1], [1, 2, 3, 4, 1]]);
  });
  it('stay where another order, another axis or nothing more is laid together', () => {
    const graph = graphOf('p: f32[1,3] = concat(a, b) {axis: 1}', 'q: f32[2,1] = concat(a, c) {axis: 0}', 'r: f32[1,4] = concat(b, a, c) {axis: 1}', 'y: f32[1,3] = concat(a, b) {axis: 1}');
    expect(nestConcats(graph).nodes).to.deep.equal(graph.nodes);
  });
});
