/** Borders that windows take over, and those that stay. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { foldPads } from './fold-pads.js';
import { removeDeadCode } from './remove-dead-code.js';

const graphOf = (...lines: readonly string[]): Graph => unwrap(parseGraph(`graph g(x: f32[1,1,3,3]) -> y\n  w: f32[1,1,3,3] = 1, 2, 3, 4, 5, 6, 7, 8, 9\n${lines.map((line) => `  ${line}\n`).join('')}`));
const folded = (graph: Graph): string => removeDeadCode(foldPads(graph)).nodes.map(({ operator, inputs, attributes }) => `${operator}(${inputs.join()})${attributes['pads'] === undefined ? '' : ` ${JSON.stringify(attributes['pads'])}`}`).join('; ');
const valueOf = (graph: Graph): readonly number[] => [...toNumbers(evaluateGraph(graph, new Map([['x', fromNumbers('f32', [1, 1, 3, 3], [1, -2, 3, -4, 5, -6, 7, -8, 9])]])).get('y')!)];
const border = (of = 'x', more = ''): string => `p: f32[1,1,5,4] = pad(${of}) {pads: [0,0,1,0,0,0,1,1]${more}}`, pool = 'y: f32[1,1,4,3] = maxPool(p) {kernel: [2,2]}';

const taken: readonly (readonly [string, Graph, string])[] = [
  ['by a convolution', graphOf(border(), 'y: f32[1,1,3,2] = conv2d(p, w)'), 'conv2d(x,w) [1,0,1,1]'],
  ['by one that pads itself', graphOf(border(), 'y: f32[1,1,5,4] = conv2d(p, w) {pads: [1,1,1,1]}'), 'conv2d(x,w) [2,1,2,2]'],
  ['by a maximum over what is never negative', graphOf('r: f32[1,1,3,3] = relu(x)', border('r'), pool), 'relu(x); maxPool(r) [1,0,1,1]'],
  ['by an average that pads nothing', graphOf(border(), 'y: f32[1,1,4,3] = averagePool(p) {kernel: [2,2]}'), 'averagePool(x) [1,0,1,1]'],
  ['by an average that counts its padding', graphOf(border(), 'y: f32[1,1,5,4] = averagePool(p) {kernel: [2,2], pads: [1,1,0,0], countIncludePad: true}'), 'averagePool(x) [2,1,1,1]'],
  ['through a transposition', graphOf(border(), 't: f32[1,1,4,5] = transpose(p) {permutation: [0,1,3,2]}', 'y: f32[1,1,2,3] = conv2d(t, w)'), 'transpose(x); conv2d(t.unpadded,w) [0,1,1,1]'],
];
const kept: readonly (readonly [string, Graph])[] = [
  ['around what may be negative', graphOf(border(), pool)],
  ['before an average that does not count its padding', graphOf(border(), 'y: f32[1,1,5,4] = averagePool(p) {kernel: [2,2], pads: [1,1,0,0]}')],
  ['of another value', graphOf(border('x', ', value: 2'), 'y: f32[1,1,3,2] = conv2d(p, w)')],
  ['of mirrored elements', graphOf(border('x', ', mode: "edge"'), 'y: f32[1,1,3,2] = conv2d(p, w)')],
  ['as wide as the window of a maximum', graphOf('r: f32[1,1,3,3] = relu(x)', 'p: f32[1,1,5,3] = pad(r) {pads: [0,0,2,0,0,0,0,0]}', 'y: f32[1,1,4,2] = maxPool(p) {kernel: [2,2]}')],
  ['of more channels', unwrap(parseGraph('graph g(x: f32[1,1,1,1]) -> y\n  w: f32[1,2,1,1] = 1, 2\n  p: f32[1,2,1,1] = pad(x) {pads: [0,0,0,0,0,1,0,0]}\n  y: f32[1,1,1,1] = conv2d(p, w)\n'))],
];

describe('zeros around an image', () => {
  for (const [name, graph, expected] of taken) {
    it(`are taken over ${name}, with the same numbers`, () => {
      expect(folded(graph)).to.equal(expected);
      expect(valueOf(foldPads(graph))).to.deep.equal(valueOf(graph));
    });
  }
  for (const [name, graph] of kept) it(`stay ${name}`, () => expect(foldPads(graph).nodes).to.deep.equal(graph.nodes));
});
