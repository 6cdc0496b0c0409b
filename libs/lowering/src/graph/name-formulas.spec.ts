/** Spelled-out activations, as exporters write them, and near misses that must stay. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { nameFormulas } from './name-formulas.js';
import { removeDeadCode } from './remove-dead-code.js';

const graphOf = (constants: Readonly<Record<string, number>>, ...nodes: readonly string[]): Graph => {
  const lines = [...Object.entries(constants).map(([name, value]) => `${name}: f32[] = ${value}`), ...nodes.map((node) => node.replace(' = ', ': f32[4] = '))];
  return unwrap(parseGraph(`graph g(x: f32[4], z: f32[4]) -> y\n${lines.map((line) => `  ${line}\n`).join('')}`));
};
const shown = (graph: Graph): string => removeDeadCode(nameFormulas(graph)).nodes.map(({ operator, inputs, attributes }) => `${operator}(${inputs.join()}) ${JSON.stringify(attributes)}`).join('; ');
const valueOf = (graph: Graph): readonly number[] => [...toNumbers(evaluateGraph(graph, new Map([['x', fromNumbers('f32', [4], [-4, -1, 0.5, 3])], ['z', fromNumbers('f32', [4], [1, 2, 3, 4])]])).get('y')!)];

const cubic = 0.044715, root = 0.7978845608028654, half = 0.5, one = 1;
const formulas: readonly (readonly [string, Graph, string])[] = [
  ['GELU of PyTorch', graphOf({ root: Math.SQRT2, one, half }, 'd = divide(x, root)', 'e = erf(d)', 's = add(e, one)', 'm = multiply(x, s)', 'y = multiply(m, half)'), 'gelu(x) {}'],
  ['GELU with its half first', graphOf({ r: Math.fround(Math.SQRT1_2), one, half }, 'h = multiply(half, x)', 'd = multiply(x, r)', 'e = erf(d)', 's = add(one, e)', 'y = multiply(h, s)'), 'gelu(x) {}'],
  ['GELU by tanh and a power', graphOf({ three: 3, cubic, root, one, half }, 'p = power(x, three)', 'c = multiply(p, cubic)', 'a = add(x, c)', 'm = multiply(a, root)', 't = tanh(m)', 's = add(t, one)', 'h = multiply(x, half)', 'y = multiply(h, s)'), 'gelu(x) {"approximate":"tanh"}'],
  ['GELU by tanh and products', graphOf({ cubic, root, one, half }, 'q = multiply(x, x)', 'p = multiply(q, x)', 'c = multiply(cubic, p)', 'a = add(c, x)', 'm = multiply(root, a)', 't = tanh(m)', 's = add(t, one)', 'h = multiply(half, s)', 'y = multiply(x, h)'), 'gelu(x) {"approximate":"tanh"}'],
  ['HardSwish divided at the end', graphOf({ three: 3, six: 6 }, 'a = add(x, three)', 'c = clip(a) {min: 0, max: 6}', 'm = multiply(x, c)', 'y = divide(m, six)'), 'hardSwish(x) {}'],
  ['HardSwish divided before', graphOf({ three: 3, six: 6 }, 'a = add(x, three)', 'c = clip(a) {min: 0, max: 6}', 'd = divide(c, six)', 'y = multiply(d, x)'), 'hardSwish(x) {}'],
  ['HardSwish of a HardSigmoid', graphOf({}, 'h = hardSigmoid(x) {alpha: 0.16666667163372040, beta: 0.5}', 'y = multiply(x, h)'), 'hardSwish(x) {}'],
  ['HardSigmoid that scales another tensor', graphOf({ three: 3, six: 6 }, 'a = add(x, three)', 'c = clip(a) {min: 0, max: 6}', 'd = divide(c, six)', 'y = multiply(z, d)'), `hardSigmoid(x) {"alpha":${1 / 6},"beta":0.5}; multiply(z,d) {}`],
  ['Swish', graphOf({}, 's = sigmoid(x)', 'y = multiply(x, s)'), 'swish(x) {}'],
];
const misses: readonly (readonly [string, Graph])[] = [
  ['a sigmoid of another tensor', graphOf({}, 's = sigmoid(z)', 'y = multiply(x, s)')],
  ['another bound', graphOf({ three: 3, six: 6 }, 'a = add(x, three)', 'c = clip(a) {min: 0, max: 5}', 'm = multiply(x, c)', 'y = divide(m, six)')],
  ['another factor', graphOf({ root: 1.4, one, half }, 'd = divide(x, root)', 'e = erf(d)', 's = add(e, one)', 'm = multiply(x, s)', 'y = multiply(m, half)')],
  ['a square for a cube', graphOf({ two: 2, cubic, root, one, half }, 'p = power(x, two)', 'c = multiply(p, cubic)', 'a = add(x, c)', 'm = multiply(a, root)', 't = tanh(m)', 's = add(t, one)', 'h = multiply(x, half)', 'y = multiply(h, s)')],
];

describe('formulas that have a name', () => {
  for (const [name, graph, expected] of formulas) {
    it(`${name} is recognised and gives the same numbers`, () => {
      expect(shown(graph)).to.equal(expected);
      const before = valueOf(graph);
      valueOf(nameFormulas(graph)).forEach((value, i) => expect(value).to.be.closeTo(before[i]!, 1e-6));
    });
  }
  for (const [name, graph] of misses) it(`${name} stays as it is`, () => expect(nameFormulas(graph).nodes).to.deep.equal(graph.nodes));
});
