/** Weights of dense layers that are turned, and those that stay. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { turnWeights } from './turn-weights.js';

const graphOf = (weights: string, ...lines: readonly string[]): Graph => unwrap(parseGraph(`graph g(x: f32[1,2]${weights === '' ? ', w: f32[2,3]' : ''}) -> y\n${weights === '' ? '' : `  w: ${weights}\n`}${lines.map((line) => `  ${line}\n`).join('')}`));

describe('weights of dense layers', () => {
  it('are turned once for all who read them, which makes the same', () => {
    const graph = graphOf('f32[2,3] = 1, 2, 3, 4, 5, 6', 'a: f32[1,3] = dense(x, w) {alpha: 2}', 'b: f32[1,3] = dense(x, w)', 'y: f32[1,3] = add(a, b)'), turned = turnWeights(graph);
    expect(turned.nodes.map(({ inputs }) => inputs.join())).to.deep.equal(['x,w.turned', 'x,w.turned', 'a,b']);
    expect(turned.nodes[0]!.attributes).to.deep.equal({ alpha: 2, transposeB: true });
    expect(turned.tensors.get('w.turned')!.shape).to.deep.equal([3, 2]);
    const answers = [graph, turned].map((one) => [...toNumbers(evaluateGraph(one, new Map([['x', fromNumbers('f32', [1, 2], [1, 10])]])).get('y')!)]);
    expect(answers).to.deep.equal([[123, 156, 189], [123, 156, 189]]);
  });

  it('stay where they lie as [outputs, inputs] already, and where only run time knows them', () => {
    for (const graph of [graphOf('f32[3,2] = 1, 2, 3, 4, 5, 6', 'y: f32[1,3] = dense(x, w) {transposeB: true}'), graphOf('', 'y: f32[1,3] = dense(x, w)')])
      expect(turnWeights(graph).nodes).to.deep.equal(graph.nodes);
  });
});
