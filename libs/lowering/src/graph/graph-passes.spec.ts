/** Passes from graph to graph, each as text before and after. */
import { expect } from 'chai';
import { dataOnDemand, printGraph, verifyGraph, type Graph, type GraphTensor } from '@loopsmith/ir';
import { parseGraph } from '@loopsmith/ir/testing';
import { unwrap } from '@loopsmith/util';
import { expandBatchNorm } from './expand-batch-norm.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldConstants } from './fold-constants.js';
import { mergeEqualNodes } from './merge-equal-nodes.js';
import { moveStridesUp } from './move-strides-up.js';
import { removeDeadCode } from './remove-dead-code.js';
import { removeIdentity } from './remove-identity.js';

const normal = `
  scale: f32[2] = 2, 3
  shift: f32[2] = 10, 20
  mean: f32[2] = 1, 2
  variance: f32[2] = 3, 8`;

const cases: readonly (readonly [what: string, pass: (graph: Graph) => Graph, before: string, after: string])[] = [
  ['removeDeadCode drops what no output needs and keeps the signature', removeDeadCode, `graph g(x: f32[2], unused: f32[2]) -> y
  c: f32[2] = 1, 2
  d: f32[2] = 3, 4
  t: f32[2] = add(x, d)
  u: f32[2] = relu(t)
  y: f32[2] = add(x, c)`, `graph g(x: f32[2], unused: f32[2]) -> y
  c: f32[2] = 1, 2
  y: f32[2] = add(x, c)`],

  ['removeIdentity removes what copies, however it is called', removeIdentity, `graph g(x: f32[1,2]) -> y
  a: f32[1,2] = identity(x)
  b: f32[1,2] = cast(a) {to: "f32"}
  c: f32[1,2] = reshape(b) {shape: [1,2]}
  d: f32[1,2] = transpose(c) {permutation: [0,1]}
  e: f32[1,2] = pad(d) {pads: [0,0,0,0]}
  f: f32[1,2] = concat(e)
  g: f32[2,1] = transpose(f)
  y: f32[2,1] = relu(g)`, `graph g(x: f32[1,2]) -> y
  g: f32[2,1] = transpose(x)
  y: f32[2,1] = relu(g)`],
  ['removeIdentity removes pools over single elements', removeIdentity, `graph g(x: f32[1,1,2,2]) -> y
  a: f32[1,1,2,2] = averagePool(x) {kernel: [1,1], strides: [1,1]}
  b: f32[1,1,2,2] = maxPool(a) {kernel: [1,1]}
  c: f32[1,1,1,1] = averagePool(b) {kernel: [1,1], strides: [2,2]}
  y: f32[1,1,1,1] = relu(c)`, `graph g(x: f32[1,1,2,2]) -> y
  c: f32[1,1,1,1] = averagePool(x) {kernel: [1,1], strides: [2,2]}
  y: f32[1,1,1,1] = relu(c)`],
  ['removeIdentity lets a node make the output that a copy made', removeIdentity, `graph g(x: f32[2]) -> y, z
  t: f32[2] = relu(x)
  y: f32[2] = identity(t)
  z: f32[2] = exp(t)`, `graph g(x: f32[2]) -> y, z
  y: f32[2] = relu(x) as t
  z: f32[2] = exp(y)`],
  ['removeIdentity lets only one of two copied outputs take the name', removeIdentity, `graph g(x: f32[2]) -> y, z
  t: f32[2] = relu(x)
  y: f32[2] = identity(t)
  z: f32[2] = identity(t)`, `graph g(x: f32[2]) -> y, z
  y: f32[2] = relu(x) as t
  z: f32[2] = identity(y)`],
  ...['pad(s) {pads: [0,2,0,0], mode: "wrap"}', 'slice(s) {starts: [0], ends: [1], axes: [1]}'].map((move, i) => {
    const text = `graph g(x: f32[1,3]) -> y
  s: f32[1,${i === 0 ? 1 : 3}] = slice(x) {starts: [0], ends: [${i === 0 ? 1 : 3}], axes: [1], steps: [${i === 0 ? 1 : -1}]}
  t: f32[1,${i === 0 ? 3 : 1}] = ${move}
  y: f32[1,${i === 0 ? 3 : 1}] = relu(t)`;
    return [`removeIdentity keeps ${i === 0 ? 'one row in place of each of several' : 'one row of several'}`, removeIdentity, text, text] as const;
  }),
  ['removeIdentity keeps copies that the signature needs', removeIdentity, `graph g(x: f32[2]) -> y, z, t
  y: f32[2] = identity(x)
  t: f32[2] = relu(x)
  z: f32[2] = identity(t)`, `graph g(x: f32[2]) -> y, z, t
  y: f32[2] = identity(x)
  t: f32[2] = relu(x)
  z: f32[2] = identity(t)`],

  ['foldConstants computes what constants decide, also through several nodes, but no output', foldConstants, `graph g(x: f32[2]) -> y, z
  a: f32[2] = 1, 2
  b: f32[1] = 10
  sum: f32[2] = add(a, b)
  root: f32[2] = multiply(sum, sum)
  y: f32[2] = add(x, root)
  z: f32[2] = add(a, a)`, `graph g(x: f32[2]) -> y, z
  a: f32[2] = 1, 2
  b: f32[1] = 10
  sum: f32[2] = 11, 12
  root: f32[2] = 121, 144
  y: f32[2] = add(x, root)
  z: f32[2] = add(a, a)`],

  ['foldBatchNorm: weights times f, bias f (b - mean) + shift, with f = scale / sqrt(variance + 1) = 1, 1', foldBatchNorm, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7
  b: f32[2] = 100, 200${normal}
  t: f32[1,2,1,1] = conv2d(x, w, b)
  y: f32[1,2,1,1] = batchNormalization(t, scale, shift, mean, variance) {epsilon: 1}`, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7
  b: f32[2] = 100, 200${normal}
  y.weight: f32[2,1,1,1] = 5, 7
  y.bias: f32[2] = 109, 218
  y: f32[1,2,1,1] = conv2d(x, y.weight, y.bias) as t`],
  ['foldBatchNorm: a layer without bias gets one; two normalisations in a row fold both', foldBatchNorm, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7${normal}
  t: f32[1,2,1,1] = conv2d(x, w)
  u: f32[1,2,1,1] = batchNormalization(t, scale, shift, mean, variance) {epsilon: 1}
  y: f32[1,2,1,1] = batchNormalization(u, scale, shift, mean, variance) {epsilon: 1}`, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7${normal}
  u.weight: f32[2,1,1,1] = 5, 7
  u.bias: f32[2] = 9, 18
  y.weight: f32[2,1,1,1] = 5, 7
  y.bias: f32[2] = 18, 36
  y: f32[1,2,1,1] = conv2d(x, y.weight, y.bias) as t`],
  ['foldBatchNorm: products and sums with constants per channel, on either side, and a bias behind the layer', foldBatchNorm, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7
  bias: f32[2,1,1] = 1, 2
  scale: f32[1,2,1,1] = 2, 4
  half: f32[] = 2
  one: f32[] = 1
  a: f32[1,2,1,1] = conv2d(x, w)
  b: f32[1,2,1,1] = add(bias, a)
  c: f32[1,2,1,1] = multiply(b, scale)
  d: f32[1,2,1,1] = divide(c, half)
  e: f32[1,2,1,1] = subtract(one, d)
  y: f32[1,2,1,1] = subtract(e, bias)`, `graph g(x: f32[1,1,1,1]) -> y
  w: f32[2,1,1,1] = 5, 7
  bias: f32[2,1,1] = 1, 2
  scale: f32[1,2,1,1] = 2, 4
  half: f32[] = 2
  one: f32[] = 1
  b.bias: f32[2] = 1, 2
  c.weight: f32[2,1,1,1] = 10, 28
  c.bias: f32[2] = 2, 8
  d.weight: f32[2,1,1,1] = 5, 14
  d.bias: f32[2] = 1, 4
  e.weight: f32[2,1,1,1] = -5, -14
  e.bias: f32[2] = 0, -3
  y.bias: f32[2] = -1, -5
  y: f32[1,2,1,1] = conv2d(x, e.weight, y.bias) as a`],
  ['foldBatchNorm: not what differs along another axis, is read elsewhere or divides by the layer', foldBatchNorm, `graph g(x: f32[1,1,1,2]) -> u, v, z
  w: f32[2,1,1,1] = 5, 7
  row: f32[2] = 1, 2
  a: f32[1,2,1,2] = conv2d(x, w)
  u: f32[1,2,1,2] = add(a, row)
  b: f32[1,2,1,2] = conv2d(x, w)
  z: f32[1,2,1,2] = divide(row, b)
  c: f32[1,2,1,2] = conv2d(x, w)
  d: f32[1,2,1,2] = multiply(c, row)
  v: f32[1,2,1,2] = add(c, d)`, `graph g(x: f32[1,1,1,2]) -> u, v, z
  w: f32[2,1,1,1] = 5, 7
  row: f32[2] = 1, 2
  a: f32[1,2,1,2] = conv2d(x, w)
  u: f32[1,2,1,2] = add(a, row)
  b: f32[1,2,1,2] = conv2d(x, w)
  z: f32[1,2,1,2] = divide(row, b)
  c: f32[1,2,1,2] = conv2d(x, w)
  d: f32[1,2,1,2] = multiply(c, row)
  v: f32[1,2,1,2] = add(c, d)`],
  ['foldBatchNorm: dense layers, whichever way their weights lie, keep alpha and lose beta; f is 1/2, 3/4', foldBatchNorm, `graph g(x: f32[1,2]) -> y, z
  w: f32[2,2] = 2, 4, 8, 16
  b: f32[1] = 100${normal}
  less: f32[2] = 1, 2.25
  t: f32[1,2] = dense(x, w, b) {transposeB: true, alpha: 3, beta: 0.5}
  y: f32[1,2] = batchNormalization(t, less, shift, mean, variance) {epsilon: 1}
  u: f32[1,2] = dense(x, w)
  z: f32[1,2] = batchNormalization(u, less, shift, mean, variance) {epsilon: 1}`, `graph g(x: f32[1,2]) -> y, z
  w: f32[2,2] = 2, 4, 8, 16
  b: f32[1] = 100${normal}
  less: f32[2] = 1, 2.25
  y.weight: f32[2,2] = 1, 2, 6, 12
  y.bias: f32[2] = 34.5, 56
  z.weight: f32[2,2] = 1, 3, 4, 12
  z.bias: f32[2] = 9.5, 18.5
  y: f32[1,2] = dense(x, y.weight, y.bias) {transposeB: true, alpha: 3, beta: 1} as t
  z: f32[1,2] = dense(x, z.weight, z.bias) {beta: 1} as u`],
  ['foldBatchNorm leaves a dense layer whose bias differs from row to row, and takes one that is the same in all', foldBatchNorm, `graph g(x: f32[2,3]) -> y, z
  w: f32[3,2] = 1, 2, 3, 4, 5, 6
  rows: f32[2,1] = 10, 1000
  row: f32[1,2] = 10, 1000
  half: f32[1] = 0.5
  t: f32[2,2] = dense(x, w, rows)
  y: f32[2,2] = multiply(t, half)
  u: f32[2,2] = dense(x, w, row)
  z: f32[2,2] = multiply(u, half)`, `graph g(x: f32[2,3]) -> y, z
  w: f32[3,2] = 1, 2, 3, 4, 5, 6
  rows: f32[2,1] = 10, 1000
  row: f32[1,2] = 10, 1000
  half: f32[1] = 0.5
  z.weight: f32[3,2] = 0.5, 1, 1.5, 2, 2.5, 3
  z.bias: f32[2] = 5, 500
  t: f32[2,2] = dense(x, w, rows)
  y: f32[2,2] = multiply(t, half)
  z: f32[2,2] = dense(x, z.weight, z.bias) {beta: 1} as u`],
  ['foldBatchNorm leaves a layer that somebody else reads, and one whose weights are not known', foldBatchNorm, `graph g(x: f32[1,1,1,1], v: f32[2,1,1,1]) -> y, t, z
  w: f32[2,1,1,1] = 5, 7${normal}
  t: f32[1,2,1,1] = conv2d(x, w)
  y: f32[1,2,1,1] = batchNormalization(t, scale, shift, mean, variance)
  u: f32[1,2,1,1] = conv2d(x, v)
  z: f32[1,2,1,1] = batchNormalization(u, scale, shift, mean, variance)`, `graph g(x: f32[1,1,1,1], v: f32[2,1,1,1]) -> y, t, z
  w: f32[2,1,1,1] = 5, 7${normal}
  t: f32[1,2,1,1] = conv2d(x, w)
  y: f32[1,2,1,1] = batchNormalization(t, scale, shift, mean, variance)
  u: f32[1,2,1,1] = conv2d(x, v)
  z: f32[1,2,1,1] = batchNormalization(u, scale, shift, mean, variance)`],

  ['expandBatchNorm writes known parameters as a product and a sum, and leaves others', expandBatchNorm, `graph g(x: f32[1,2,1,1], m: f32[2]) -> y, z${normal}
  y: f32[1,2,1,1] = batchNormalization(x, scale, shift, mean, variance) {epsilon: 1}
  z: f32[1,2,1,1] = batchNormalization(x, scale, shift, m, variance)`, `graph g(x: f32[1,2,1,1], m: f32[2]) -> y, z${normal}
  y.factor: f32[2,1,1] = 1, 1
  y.shift: f32[2,1,1] = 9, 18
  y.scaled: f32[1,2,1,1] = multiply(x, y.factor) as y.scale
  y: f32[1,2,1,1] = add(y.scaled, y.shift)
  z: f32[1,2,1,1] = batchNormalization(x, scale, shift, m, variance)`],

  ['mergeEqualNodes computes once what is equal, chains of it too, but keeps an output\'s node and other attributes', mergeEqualNodes, `graph g(x: f32[1,2]) -> y, z
  a: f32[1,2] = relu(x)
  b: f32[1,2] = relu(x)
  c: f32[1,2] = exp(a)
  d: f32[1,2] = exp(b)
  e: f32[1,2] = leakyRelu(x) {alpha: 0.5}
  f: f32[1,2] = leakyRelu(x) {alpha: 0.25}
  g: f32[1,2] = clip(x) {max: inf}
  h: f32[1,2] = clip(x) {max: 1}
  i: f32[1,2] = clip(x) {min: 0}
  j: f32[1,2] = clip(x) {min: -0}
  z: f32[1,2] = exp(b)
  y: f32[16,2] = concat(c, d, e, f, g, h, i, j) {axis: 0}`, `graph g(x: f32[1,2]) -> y, z
  a: f32[1,2] = relu(x)
  c: f32[1,2] = exp(a)
  e: f32[1,2] = leakyRelu(x) {alpha: 0.5}
  f: f32[1,2] = leakyRelu(x) {alpha: 0.25}
  g: f32[1,2] = clip(x) {max: inf}
  h: f32[1,2] = clip(x) {max: 1}
  i: f32[1,2] = clip(x) {min: 0}
  j: f32[1,2] = clip(x) {min: -0}
  z: f32[1,2] = exp(a)
  y: f32[16,2] = concat(c, c, e, f, g, h, i, j) {axis: 0}`],

  ['moveStridesUp: a block before a stage computes every second pixel, its shortcut by a slice', moveStridesUp, `graph g(x: f32[1,1,5,6]) -> y, z, s
  w: f32[1,1,1,1] = 2
  v: f32[1,1,3,3] = 1, 2, 3, 4, 5, 6, 7, 8, 9
  scale: f32[1,1,1] = 3
  s: f32[1,1,5,6] = exp(x)
  a: f32[1,1,5,6] = conv2d(s, v) {pads: [1,1,1,1]}
  b: f32[1,1,5,6] = conv2d(a, w)
  c: f32[1,1,5,6] = multiply(b, scale)
  d: f32[1,1,5,6] = add(s, c)
  e: f32[1,1,5,6] = relu(d)
  y: f32[1,1,3,3] = conv2d(e, w) {strides: [2,2]}
  z: f32[1,1,3,3] = conv2d(e, w) {strides: [2,2], pads: [0,0,0,0]}`, `graph g(x: f32[1,1,5,6]) -> y, z, s
  w: f32[1,1,1,1] = 2
  v: f32[1,1,3,3] = 1, 2, 3, 4, 5, 6, 7, 8, 9
  scale: f32[1,1,1] = 3
  s: f32[1,1,5,6] = exp(x)
  a: f32[1,1,3,3] = conv2d(s, v) {pads: [1,1,1,1], strides: [2,2]}
  b: f32[1,1,3,3] = conv2d(a, w) {strides: [1,1]}
  c: f32[1,1,3,3] = multiply(b, scale)
  s.every: f32[1,1,3,3] = slice(s) {starts: [0,0], ends: [5,6], axes: [2,3], steps: [2,2]}
  d: f32[1,1,3,3] = add(s.every, c)
  e: f32[1,1,3,3] = relu(d)
  y: f32[1,1,3,3] = conv2d(e, w) {strides: [1,1]}
  z: f32[1,1,3,3] = conv2d(e, w) {strides: [1,1], pads: [0,0,0,0]}`],
  ...[
    ['a window of more than one tap', `y: f32[1,1,2,2] = conv2d(t, v) {strides: [2,2]}`],
    ['padding', `y: f32[1,1,3,3] = conv2d(t, w) {strides: [2,2], pads: [0,0,2,2]}`],
    ['a reader that needs everything', `u: f32[1,1,2,2] = conv2d(t, w) {strides: [2,2]}\n  y: f32[1,1,4,4] = softmax(t)`],
    ['readers of different steps', `u: f32[1,1,2,2] = conv2d(t, w) {strides: [2,2]}\n  y: f32[1,1,2,4] = conv2d(t, w) {strides: [2,1]}`],
  ].map(([what, reader]) => {
    const text = `graph g(x: f32[1,1,4,4]) -> y
  w: f32[1,1,1,1] = 2
  v: f32[1,1,2,2] = 1, 2, 3, 4
  t: f32[1,1,4,4] = conv2d(x, w)
  ${reader!}`;
    return [`moveStridesUp leaves alone: ${what!}`, moveStridesUp, text, text] as const;
  }),
];

/** The graph with constants that may not be read. */
const unread = (graph: Graph): Graph => ({
  ...graph,
  tensors: new Map([...graph.tensors].map(([name, tensor]): readonly [string, GraphTensor] => {
    const { dtype, shape, data } = tensor;
    return [name, data ? { ...tensor, data: dataOnDemand(dtype, shape, () => { throw new Error(`${name} was read`); }) } : tensor];
  })),
});

describe('graph passes', () => {
  it('fold and write out normalisations without reading a value, and with them make values that are not read either', () => {
    const graph = unread(unwrap(parseGraph(`graph g(x: f32[1,2,1,1]) -> y, u
  w: f32[2,2,1,1] = 1, 2, 3, 4
  b: f32[2] = 5, 6
  factor: f32[2,1,1] = 7, 8${normal}
  c: f32[1,2,1,1] = conv2d(x, w, b)
  n: f32[1,2,1,1] = batchNormalization(c, scale, shift, mean, variance)
  s: f32[1,2,1,1] = multiply(n, factor)
  y: f32[1,2,1,1] = subtract(factor, s)
  u: f32[1,2,1,1] = batchNormalization(x, scale, shift, mean, variance)`)));
    const { nodes, tensors } = expandBatchNorm(foldBatchNorm(graph));
    expect(nodes.map(({ operator }) => operator)).to.deep.equal(['conv2d', 'multiply', 'add']);
    expect(() => tensors.get('y.bias')!.data!.values).to.throw('was read');
    expect(() => tensors.get('u.factor')!.data!.values).to.throw('was read');
  });
  for (const [what, pass, before, after] of cases)
    it(what, () => {
      const graph = unwrap(parseGraph(before));
      expect(verifyGraph(graph)).to.deep.equal([]);
      const result = pass(graph);
      expect(printGraph(result)).to.equal(`${after}\n`);
      expect(verifyGraph(result)).to.deep.equal([]);
    });
});
