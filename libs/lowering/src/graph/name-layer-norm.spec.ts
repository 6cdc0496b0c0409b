/** Layer normalisations as exporters spell them out, and near misses that must stay. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { nameLayerNorm } from './name-layer-norm.js';
import { removeDeadCode } from './remove-dead-code.js';

/** Lines without a shape are of x's; `mean` stands for a mean along the last axis. */
const graphOf = (...lines: readonly string[]): Graph => unwrap(parseGraph(`graph g(x: f32[2,4], z: f32[2,4]) -> y\n  two: f32[] = 2\n  epsilon: f32[] = 0.001\n  gamma: f32[4] = 1, 2, 3, 4\n  beta: f32[4] = 4, 3, 2, 1\n${lines.map((line) => {
  const [name, value = ''] = line.split(' = '), rows = /^(mean|add\(v|sqrt|reciprocal|multiply\(m, i\))/.test(value);
  return `  ${name}: f32[2,${rows ? 1 : 4}] = ${value.replace(/^mean\((\w+)\)/, 'reduceMean($1) {axes: [-1], keepDims: true}')}\n`;
}).join('')}`));
const shown = (graph: Graph): string => removeDeadCode(nameLayerNorm(graph)).nodes.map(({ operator, inputs, attributes }) => `${operator}(${inputs.join()})${Object.keys(attributes).length === 0 ? '' : ` ${JSON.stringify(attributes)}`}`).join('; ');
const valueOf = (graph: Graph): readonly number[] => [...toNumbers(evaluateGraph(graph, new Map([['x', fromNumbers('f32', [2, 4], [1, -2, 3, 5, 0.5, 4, -1, 7])], ['z', fromNumbers('f32', [2, 4], [1, 2, 3, 4, 5, 6, 7, 9])]])).get('y')!)];

const centred = ['m = mean(x)', 'c = subtract(x, m)'], deviation = ['v = mean(q)', 'a = add(v, epsilon)', 's = sqrt(a)'], norm = 'layerNormalization(x) {"axes":[1],"epsilon":0.0010000000474974513}';
const formulas: readonly (readonly [string, Graph, string])[] = [
  ['of PyTorch', graphOf(...centred, 'q = power(c, two)', ...deviation, 'y = divide(c, s)'), norm],
  ['with a product and an inverse', graphOf(...centred, 'q = multiply(c, c)', ...deviation, 'i = reciprocal(s)', 'y = multiply(i, c)'), norm],
  ['with scale and shift behind it', graphOf(...centred, 'q = multiply(c, c)', ...deviation, 'n = divide(c, s)', 'g = multiply(n, gamma)', 'y = add(g, beta)'), `${norm}; multiply(n,gamma); add(g,beta)`],
  ['of TensorFlow, scaled and shifted', graphOf(...centred, 'q = multiply(c, c)', ...deviation, 'i = reciprocal(s)', 'k = multiply(i, gamma)', 'p = multiply(x, k)', 't = multiply(m, k)', 'd = subtract(beta, t)', 'y = add(p, d)'), `${norm}; multiply(y.normal,gamma); add(y.scaled,beta)`],
  ['of TensorFlow, shifted alone', graphOf(...centred, 'q = multiply(c, c)', ...deviation, 'i = reciprocal(s)', 'p = multiply(x, i)', 't = multiply(m, i)', 'd = subtract(beta, t)', 'y = add(d, p)'), `${norm}; add(y.normal,beta)`],
];
const misses: readonly (readonly [string, Graph])[] = [
  ['the square of another tensor', graphOf(...centred, 'q = multiply(z, z)', ...deviation, 'y = divide(c, s)')],
  ['another tensor over the deviation', graphOf(...centred, 'e = subtract(z, m)', 'q = multiply(c, c)', ...deviation, 'y = divide(e, s)')],
  ['a third power', graphOf(...centred, 'h = multiply(c, c)', 'q = multiply(h, c)', ...deviation, 'y = divide(c, s)')],
  ['a shift by another mean', graphOf(...centred, 'q = multiply(c, c)', ...deviation, 'i = reciprocal(s)', 'k = multiply(i, gamma)', 'p = multiply(x, k)', 't = multiply(z, k)', 'd = subtract(beta, t)', 'y = add(p, d)')],
  ['means along the first axis', unwrap(parseGraph('graph g(x: f32[2,4]) -> y\n  e: f32[] = 1\n  m: f32[1,4] = reduceMean(x) {axes: [0], keepDims: true}\n  c: f32[2,4] = subtract(x, m)\n  q: f32[2,4] = multiply(c, c)\n  v: f32[1,4] = reduceMean(q) {axes: [0], keepDims: true}\n  a: f32[1,4] = add(v, e)\n  s: f32[1,4] = sqrt(a)\n  y: f32[2,4] = divide(c, s)\n'))],
];

describe('layer normalisation that is spelled out', () => {
  for (const [name, graph, expected] of formulas) {
    it(`${name} is recognised and gives the same numbers`, () => {
      expect(shown(graph)).to.equal(expected);
      const before = valueOf(graph);
      valueOf(nameLayerNorm(graph)).forEach((value, i) => expect(value).to.be.closeTo(before[i]!, 1e-5));
    });
  }
  for (const [name, graph] of misses) it(`${name} stays as it is`, () => expect(nameLayerNorm(graph).nodes).to.deep.equal(graph.nodes));
});
