/** Constants that lose leading axes, and those that must keep them. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { shortenConstants } from './shorten-constants.js';

const graphOf = (c: string, ...lines: readonly string[]): Graph => unwrap(parseGraph(`graph g(x: f32[1,2,1,2]) -> y\n  c: ${c}\n${lines.map((line) => `  ${line}\n`).join('')}`));
const shapes = (graph: Graph): string => { const short = shortenConstants(graph); return short.nodes.map(({ inputs }) => inputs.map((name) => short.tensors.get(name)!.shape.join('x')).join(' ')).join('; '); };

describe('constants with leading axes of one', () => {
  it('lose them on either side of a sum or product, which makes the same', () => {
    const graph = graphOf('f32[1,2,1,1] = 3, 5', 'p: f32[1,2,1,2] = multiply(c, x)', 'y: f32[1,2,1,2] = subtract(p, c)');
    expect(shapes(graph)).to.equal('2x1x1 1x2x1x2; 1x2x1x2 2x1x1');
    const answers = [graph, shortenConstants(graph)].map((one) => [...toNumbers(evaluateGraph(one, new Map([['x', fromNumbers('f32', [1, 2, 1, 2], [1, 2, 3, 4])]])).get('y')!)]);
    expect(answers).to.deep.equal([[0, 3, 10, 15], [0, 3, 10, 15]]);
  });
  it('keep them where the other operand does not bring them, where no axis is left, and elsewhere', () => {
    for (const graph of [graphOf('f32[1,1,2,1,1] = 3, 5', 'y: f32[1,1,2,1,2] = add(x, c)'), graphOf('f32[1,1,1,1] = 3', 'y: f32[1,2,1,2] = add(x, c)'), graphOf('f32[1,2,1,1] = 3, 5', 'y: f32[1,2,1,2] = max(x, c)')])
      expect(shortenConstants(graph).nodes).to.deep.equal(graph.nodes);
  });
});
