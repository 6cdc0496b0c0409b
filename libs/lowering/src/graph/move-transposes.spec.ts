/** Transpositions moved and cancelled, as text before and after, and by the numbers that the graphs compute. */
import { expect } from 'chai';
import { fromNumbers, printGraph, toNumbers, verifyGraph, type Graph } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { product, seededRandom, unwrap } from '@loopsmith/util';
import { evaluateGraph } from '../testing/evaluate.js';
import { foldConstants } from './fold-constants.js';
import { moveTransposes } from './move-transposes.js';
import { removeDeadCode } from './remove-dead-code.js';
import { removeIdentity } from './remove-identity.js';

const pass = (text: string): Graph => removeDeadCode(foldConstants(removeIdentity(moveTransposes(unwrap(parseGraph(text))))));

/** Between two layers over channels first, an operator over channels last; what is there afterwards. */
const between = (nodes: string, constants = ''): string => `graph g(x: f32[1,3,4,5]) -> y
${constants}  a: f32[1,3,4,5] = relu(x)
  last: f32[1,4,5,3] = transpose(a) {permutation: [0,2,3,1]}
${nodes}`;

const cases: readonly (readonly [what: string, before: string, after: string])[] = [
  ['an activation', between(`  b: f32[1,4,5,3] = tanh(last)
  y: f32[1,3,4,5] = transpose(b) {permutation: [0,3,1,2]}`), `  a: f32[1,3,4,5] = relu(x)
  y: f32[1,3,4,5] = tanh(a) as b`],
  ['a sum with a vector over the last axis', between(`  b: f32[1,4,5,3] = add(last, bias)
  y: f32[1,3,4,5] = transpose(b) {permutation: [0,3,1,2]}`, '  bias: f32[3] = 1, 2, 3\n'), `  bias.shaped: f32[3,1,1] = 1, 2, 3
  a: f32[1,3,4,5] = relu(x)
  y: f32[1,3,4,5] = add(a, bias.shaped) as b`],
  ['a scalar, which needs no order', between(`  b: f32[1,4,5,3] = add(one, last)
  y: f32[1,3,4,5] = transpose(b) {permutation: [0,3,1,2]}`, '  one: f32[] = 1\n'), `  one: f32[] = 1
  a: f32[1,3,4,5] = relu(x)
  y: f32[1,3,4,5] = add(one, a) as b`],
  ['axes of softmax, pad, slice and concat', between(`  s: f32[1,4,5,3] = softmax(last) {axis: -1}
  p: f32[1,6,5,3] = pad(s) {pads: [0,2,0,0,0,0,0,0]}
  c: f32[1,6,5,2] = slice(p) {starts: [1], ends: [3], axes: [-1]}
  b: f32[1,6,5,5] = concat(c, p) {axis: 3}
  y: f32[1,5,6,5] = transpose(b) {permutation: [0,3,1,2]}`), `  a: f32[1,3,4,5] = relu(x)
  s.base: f32[1,3,4,5] = softmax(a) {axis: 1} as s
  p.base: f32[1,3,6,5] = pad(s.base) {pads: [0,0,2,0,0,0,0,0]} as p
  c.base: f32[1,2,6,5] = slice(p.base) {starts: [1], ends: [3], axes: [1]} as c
  y: f32[1,5,6,5] = concat(c.base, p.base) {axis: 1} as b`],
  ['elements repeated and gathered over space', between(`  u: f32[1,8,5,3] = repeat(last) {axis: 1, times: 2}
  b: f32[1,8,2,3] = gather(u, places) {axis: 2}
  y: f32[1,3,8,2] = transpose(b) {permutation: [0,3,1,2]}`, '  places: i64[2] = 4, 0\n'), `  places: i64[2] = 4, 0
  a: f32[1,3,4,5] = relu(x)
  u.base: f32[1,3,8,5] = repeat(a) {axis: 2, times: 2} as u
  y: f32[1,3,8,2] = gather(u.base, places) {axis: 3} as b`],
  ['a mean over space, whose axes are gone', between(`  y: f32[1,3] = reduceMean(last) {axes: [1,2], keepDims: false}`), `  a: f32[1,3,4,5] = relu(x)
  y: f32[1,3] = reduceMean(a) {axes: [2,3], keepDims: false}`],
  ['a gate: axes of extent 1 and back are no movement', between(`  m: f32[1,1,1,3] = reduceMean(last) {axes: [1,2], keepDims: true}
  f: f32[1,3,1,1] = transpose(m) {permutation: [0,3,1,2]}
  t: f32[1,3,1,1] = sigmoid(f)
  u: f32[1,1,1,3] = transpose(t) {permutation: [0,2,3,1]}
  b: f32[1,4,5,3] = multiply(last, u)
  y: f32[1,3,4,5] = transpose(b) {permutation: [0,3,1,2]}`), `  a: f32[1,3,4,5] = relu(x)
  m.base: f32[1,3,1,1] = reduceMean(a) {axes: [2,3], keepDims: true} as m
  t: f32[1,3,1,1] = sigmoid(m.base)
  y: f32[1,3,4,5] = multiply(a, t) as b`],
  ['reshapes that move axes of extent 1 only', `graph g(x: f32[1,3,1,5]) -> y
  a: f32[1,3,1,5] = relu(x)
  last: f32[1,1,5,3] = transpose(a) {permutation: [0,2,3,1]}
  flat: f32[1,5,3] = reshape(last) {shape: [1,5,3]}
  b: f32[1,5,3] = tanh(flat)
  wide: f32[1,1,5,3] = reshape(b) {shape: [1,1,5,3]}
  y: f32[1,3,1,5] = transpose(wide) {permutation: [0,3,1,2]}`, `  a: f32[1,3,1,5] = relu(x)
  a.shaped: f32[1,3,5] = reshape(a) {shape: [1,3,5]}
  b.base: f32[1,3,5] = tanh(a.shaped) as b
  y: f32[1,3,1,5] = reshape(b.base) {shape: [1,3,1,5]} as y.out`],
];

describe('moveTransposes', () => {
  for (const [what, before, after] of cases) {
    it(`turns ${what}`, () => {
      const graph = pass(before);
      expect(verifyGraph(graph)).to.deep.equal([]);
      expect(printGraph(graph).split('\n').slice(1).join('\n').trimEnd()).to.equal(after);
    });
    it(`computes what was meant with ${what}`, () => {
      const graph = unwrap(parseGraph(before)), random = seededRandom(5), { shape } = graph.tensors.get('x')!;
      const x = fromNumbers('f32', shape, Array.from({ length: product(shape) }, () => random.next() - 0.5));
      const answer = (one: Graph) => evaluateGraph(one, new Map([['x', x]])).get('y')!;
      expect(answer(pass(before)).shape).to.deep.equal(answer(graph).shape);
      expect([...toNumbers(answer(pass(before)))].map((value, i) => Math.abs(value - Number(answer(graph).values[i])) < 1e-6)).to.not.include(false);
    });
  }
  it('leaves a graph alone where nothing would be gained', () => {
    const text = `graph g(x: f32[2,3]) -> y, z
  w: f32[2] = 1, 2
  t: f32[3,2] = transpose(x)
  a: f32[3,2] = relu(t)
  y: f32[3] = matmul(a, w)
  z: f32[3,2] = tanh(a)
`;
    expect(printGraph(moveTransposes(unwrap(parseGraph(text))))).to.equal(text);
  });
  it('keeps one transposition for several readers that need it', () => {
    const graph = pass(`graph g(x: f32[2,3]) -> y, z
  w: f32[2] = 1, 2
  r: f32[2,3] = exp(x)
  t: f32[3,2] = transpose(r)
  u: f32[2,3] = transpose(t)
  v: f32[3,2] = transpose(u)
  y: f32[3] = matmul(t, w)
  z: f32[3] = matmul(v, w)`);
    expect(graph.nodes.map(({ operator }) => operator)).to.deep.equal(['exp', 'transpose', 'matmul', 'matmul']);
  });
});
