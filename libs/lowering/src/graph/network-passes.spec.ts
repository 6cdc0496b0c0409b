/** Fusion, layouts and joined rows, each as the text of the network that comes out. */
import { expect } from 'chai';
import { build, plainLayout, plus, printDefinition, verifyNetwork, zero, type Call, type Network, type NetworkTensor, type Table, type Value } from '@loopsmith/ir';
import { networkFrom } from '../testing/graphs.js';
import { assignLayouts } from './assign-layouts.js';
import { fuse } from './fuse.js';
import { join } from './join.js';
import { joinRows } from './join-rows.js';
import { removeCopies } from './remove-copies.js';

/** `output = label (operands)` per call, with the last stages of its definition. */
const fused = (text: string, stages = 1): readonly string[] => {
  const network = fuse(networkFrom(text));
  expect(verifyNetwork(network)).to.deep.equal([]);
  const lastOf = ({ definition }: Call): string => printDefinition(definition).trim().split('\n').slice(1).slice(-stages).map((line) => line.trim()).join('; ');
  return network.calls.map((call) => `${call.output} = ${call.label} (${call.inputs.join(', ')}): ${lastOf(call)}`);
};

describe('fuse', () => {
  it('bias, residual and activation join the convolution; the shortcut is a run-time operand', () => {
    expect(fused(`graph g(x: f32[1,4,8,8]) -> y
      w: f32[4,4,1,1] = ..
      b: f32[4,1,1] = 1, 2, 3, 4
      t: f32[1,4,8,8] = conv2d(x, w)
      u: f32[1,4,8,8] = add(t, b)
      v: f32[1,4,8,8] = add(x, u)
      y: f32[1,4,8,8] = relu(v)`)).to.deep.equal([
      'y = conv2d 1x1 4→4 @8 +add +add +relu (x, w, b): Y[n<1, k<4, y<8, x<8] = max(X[0, k, y, x] + (A[0, k, y, x] + R[k, 0, 0]), 0)',
    ]);
  });

  it('a sum of two convolutions joins the later one', () => {
    expect(fused(`graph g(x: f32[1,2,4,4], z: f32[1,2,4,4]) -> y
      w: f32[2,2,1,1] = 1, 2, 3, 4
      a: f32[1,2,4,4] = conv2d(x, w)
      b: f32[1,2,4,4] = conv2d(z, w)
      y: f32[1,2,4,4] = add(b, a)`)).to.deep.equal([
      'a = conv2d 1x1 2→2 @4 (x, w): Y[n<1, k<2, y<4, x<4] = A[0, k, y, x]',
      'y = conv2d 1x1 2→2 @4 +add (z, w, a): Y[n<1, k<2, y<4, x<4] = A[0, k, y, x] + R[0, k, y, x]',
    ]);
  });

  it('elementwise producers join first, wherever they stand, so that the whole formula reaches the convolution', () => {
    expect(fused(`graph g(x: f32[1,2,4,4], z: f32[1,2,4,4]) -> y
      w: f32[2,2,1,1] = 1, 2, 3, 4
      a: f32[1,2,4,4] = exp(z)
      b: f32[1,2,4,4] = conv2d(x, w)
      y: f32[1,2,4,4] = add(b, a)`)).to.deep.equal([
      'y = conv2d 1x1 2→2 @4 +exp +add (x, w, z): Y[n<1, k<2, y<4, x<4] = A[0, k, y, x] + exp(R[0, k, y, x])',
    ]);
  });

  it('a result that is read at two places of one formula is not computed twice', () => {
    expect(fused(`graph g(x: f32[2,2]) -> y
      w: f32[2,2] = 1, 2, 3, 4
      t: f32[2,2] = dense(x, w)
      u: f32[2,2] = transpose(t)
      y: f32[2,2] = add(t, u)`)).to.deep.equal([
      't = dense 2→2 n2 (x, w): Y[n<2, k<2] = A[n, k]',
      'y = transpose 2x2 by 10 +add (t): Y[n<2, c<2] = X[n, c] + X[c, n]',
    ]);
  });

  it('nothing joins a stage that reduces, for it cannot be inlined', () => {
    const [{ n }, axes] = build.axesOf({ n: 3 }), [{ c }, reduced] = build.axesOf({ c: 2 }), X = build.input('X', 'f32', [3, 2]), Z = build.input('Z', 'f32', [3]);
    const sum: Call = { inPlace: null, name: 'sum', label: 'sum', inputs: ['x'], output: 't', definition: { name: 'total', inputs: [X], tables: [], stages: [build.stage('S', 'f32', axes, build.load(X, n, c), build.over('sum', reduced, 'f32'))] } };
    const root: Call = { inPlace: null, name: 'root', label: 'sqrt', inputs: ['t'], output: 'y', definition: { name: 'root', inputs: [Z], tables: [], stages: [build.stage('Y', 'f32', axes, build.unary('sqrt', build.load(Z, n)))] } };
    expect(join(sum, root, 't')).to.equal(undefined);
  });

  it('nothing joins a call whose result somebody else reads, or that is an output', () => {
    expect(fused(`graph g(x: f32[1,2,4,4]) -> y, u
      w: f32[2,2,1,1] = 1, 2, 3, 4
      t: f32[1,2,4,4] = conv2d(x, w)
      y: f32[1,2,4,4] = relu(t)
      s: f32[1,2,4,4] = conv2d(t, w)
      u: f32[1,2,4,4] = relu(s)
      v: f32[1,2,4,4] = exp(u)
      `)).to.deep.equal([
      't = conv2d 1x1 2→2 @4 (x, w): Y[n<1, k<2, y<4, x<4] = A[0, k, y, x]',
      'y = relu 1x2x4x4 (t): Y[n<1, c<2, y<4, x<4] = max(X[0, c, y, x], 0)',
      'u = conv2d 1x1 2→2 @4 +relu (t, w): Y[n<1, k<2, y<4, x<4] = max(A[0, k, y, x], 0)',
      'v = exp 1x2x4x4 (u): Y[n<1, c<2, y<4, x<4] = exp(X[0, c, y, x])',
    ]);
  });

  it('a diamond of elementwise calls becomes one formula, then the epilogue of what feeds it', () => {
    expect(fused(`graph g(x: f32[1,2]) -> y
      w: f32[2,2] = 1, 2, 3, 4
      t: f32[1,2] = dense(x, w)
      s: f32[1,2] = sigmoid(t)
      y: f32[1,2] = multiply(t, s)`)).to.deep.equal([
      'y = dense 2→2 +sigmoid +multiply (x, w): Y[n<1, k<2] = A[0, k] * (1 / (exp(-A[0, k]) + 1))',
    ]);
  });

  it('axes of extent 1 come and go, and an elementwise call is read in any order; broadcasts and reductions do not join', () => {
    expect(fused(`graph g(x: f32[1,4,2,2]) -> y, z, p
      a: f32[1,4,1,1] = globalAveragePool(x)
      b: f32[1,4] = reshape(a) {shape: [1,4]}
      s: f32[1,4] = softmax(b)
      y: f32[1,1,4] = reshape(s) {shape: [1,1,4]}
      c: f32[1,4,1,1] = globalMaxPool(x)
      z: f32[1,4,2,2] = multiply(x, c)
      d: f32[1,4,2,2] = relu(x)
      p: f32[2,2,4,1] = transpose(d)`)).to.deep.equal([
      'b = global_average_pool 4 @2 +reshape (x): Y[n<1, c<4] = A[0, c] / 4',
      'y = softmax 1x4 axis 1 +reshape (b): Y[n<1, c2<1, c<4] = E[0, c] * I[0]',
      'c = global_max_pool 4 @2 (x): Y[n<1, c<4, y<1, x<1] = A[0, c, 0, 0]',
      'z = multiply 1x4x2x2 (x, c): Y[n<1, c<4, y<2, x<2] = X[0, c, y, x] * R[0, c, 0, 0]',
      'p = relu 1x4x2x2 +transpose (x): Y[n<2, c<2, y<4, x<1] = max(X[0, y, c, n], 0)',
    ]);
  });

  it('axes of extent 1 that come and go are those of the sum too; pixels keep their four axes, and the reshape behind them is a call', () => {
    expect(fused(`graph g(x: f32[3,4], i: f32[1,2,5,5]) -> y, z
      w: f32[4,2] = 1, 2, 3, 4, 5, 6, 7, 8
      k: f32[2,2,1,1] = 1, 2, 3, 4
      a: f32[3,2] = dense(x, w)
      b: f32[1,3,1,2] = reshape(a) {shape: [1,3,1,2]}
      y: f32[1,3,1,2] = relu(b)
      c: f32[1,2,5,5] = conv2d(i, k)
      d: f32[1,2,5,5] = relu(c)
      z: f32[1,2,25] = reshape(d) {shape: [1,2,25]}`, 2)).to.deep.equal([
      'y = dense 4→2 n3 +reshape +relu (x, w): A[n2<1, n<3, y<1, k<2] = sum[c<4] X[n, c] * W[c, k]; Y[n2<1, n<3, y<1, k<2] = max(A[0, n, 0, k], 0)',
      'd = conv2d 1x1 2→2 @5 +relu (i, k): A[n<1, k<2, y<5, x<5] = sum[c<2, r<1, s<1] X[0, c, y, x] * W[k, c, 0, 0]; Y[n<1, k<2, y<5, x<5] = max(A[0, k, y, x], 0)',
      'z = reshape 1x2x5x5 to 1x2x25 (d): Y[n<1, c<2, x<25] = X[0, c, x/5, x-5*x/5]',
    ]);
  });

  it('moves in a row become one call', () => {
    expect(fused(`graph g(x: f32[1,6,8]) -> y
      a: f32[1,6,2,4] = reshape(x) {shape: [1,6,2,4]}
      b: f32[1,2,6,4] = transpose(a) {permutation: [0,2,1,3]}
      y: f32[1,2,4,6] = transpose(b) {permutation: [0,1,3,2]}`)).to.deep.equal([
      'y = reshape 1x6x8 to 1x6x2x4 +transpose +transpose (x): Y[n<1, c<2, y<4, x<6] = X[0, x, 4*c+y]',
    ]);
  });

  it('a move is read wherever its reader reads, but a formula is not computed once for every reader of a broadcast', () => {
    expect(fused(`graph g(x: f32[1,4,2,2], z: f32[4,1]) -> y, w
      a: f32[1,4,1,1] = reshape(z) {shape: [1,4,1,1]}
      y: f32[1,4,2,2] = multiply(x, a)
      b: f32[4,1] = exp(z)
      c: f32[1,4,1,1] = reshape(b) {shape: [1,4,1,1]}
      w: f32[1,4,2,2] = multiply(x, c)`)).to.deep.equal([
      'y = reshape 4x1 to 1x4x1x1 +multiply (z, x): Y[n<1, c<4, y<2, x<2] = R[0, c, y, x] * X[c, 0]',
      'c = exp 4x1 +reshape (z): Y[n2<1, n<4, y<1, x<1] = exp(X[n, 0])',
      'w = multiply 1x4x2x2 (x, c): Y[n<1, c<4, y<2, x<2] = X[0, c, y, x] * R[0, c, 0, 0]',
    ]);
  });

  it('a move before a concatenation stays: it writes where the result will be read', () => {
    expect(fused(`graph g(x: f32[2,4], z: f32[4,3]) -> y
      a: f32[4,2] = transpose(x) {permutation: [1,0]}
      y: f32[4,5] = concat(a, z) {axis: 1}`)).to.have.length(2);
  });

  it('of moves that undo each other nothing is left', () => {
    const network = removeCopies(fuse(networkFrom(`graph g(x: f32[2,6]) -> y, z
      a: f32[3,4] = reshape(x) {shape: [3,4]}
      b: f32[2,6] = reshape(a) {shape: [2,6]}
      y: f32[2,1] = reduceSum(b) {axes: [1]}
      c: f32[12] = reshape(x) {shape: [12]}
      z: f32[2,6] = reshape(c) {shape: [2,6]}`)));
    expect(verifyNetwork(network)).to.deep.equal([]);
    expect(network.calls.map((call) => `${call.output} = ${call.label} (${call.inputs.join(', ')})`)).to.deep.equal(['y = reduce_sum 2x6 axes 1 (x)', 'z = reshape 2x6 to 12 +reshape (x)']);
  });

  it('a formula that doubles at every step stays within reason', () => {
    const steps = Array.from({ length: 12 }, (_, i) => `      t${i + 1}: f32[2] = mish(t${i})`);
    const calls = fused([`graph g(t0: f32[2]) -> t12`, ...steps].join('\n'));
    expect(calls.length).to.equal(4);
    expect(Math.max(...calls.map((call) => call.length))).to.be.lessThan(2000);
  });
});

describe('assignLayouts', () => {
  const network = assignLayouts(fuse(networkFrom(`graph g(x: f32[1,3,4,4]) -> y, z
      w: f32[12,3,1,1] = ..
      v: f32[1,12,1,1] = ..
      a: f32[1,12,4,4] = conv2d(x, w)
      b: f32[1,1,4,4] = conv2d(a, v)
      z: f32[1,1,4,4] = softmax(b)
      c: f32[12,16] = reshape(a) {shape: [12,16]}
      y: f32[12,16] = softmax(c)`)), 8);
  const layoutOf = (name: string): string => network.tensors.get(name)!.layout.map((dim) => `${dim.axis}/${dim.divide}%${dim.modulo ?? ''}:${dim.size}`).join(' ');
  it('blocks the channels between calls, rounded up', () => { expect(layoutOf('a')).to.equal('0/1%:1 1/8%:2 2/1%:4 3/1%:4 1/1%8:8'); });
  it('keeps the signature, constants, one channel and other ranks plain', () => {
    expect(layoutOf('x')).to.equal('0/1%:1 1/1%:3 2/1%:4 3/1%:4');
    expect(layoutOf('w')).to.equal('0/1%:12 1/1%:3 2/1%:1 3/1%:1');
    expect(layoutOf('b')).to.equal('0/1%:1 1/1%:1 2/1%:4 3/1%:4');
    expect(layoutOf('c')).to.equal('0/1%:12 1/1%:16');
    expect(verifyNetwork(network)).to.deep.equal([]);
  });

  /** Names of blocked tensors, and the calls in order. */
  const blockedIn = (text: string): readonly [readonly string[], readonly string[]] => {
    const { tensors, calls, ...rest } = assignLayouts(fuse(networkFrom(text)), 4);
    expect(verifyNetwork({ tensors, calls, ...rest })).to.deep.equal([]);
    return [[...tensors.values()].filter(({ layout, shape }) => layout.length > shape.length).map(({ name }) => name), calls.map((call) => `${call.output} = ${call.label} (${call.inputs.join(', ')})`)];
  };
  it('windows over each channel read the signature from one copy in blocks, where its channels fill one; sums over channels take it as it is', () => {
    const [, calls] = blockedIn(`graph g(x: f32[1,4,6,6], i: f32[1,3,6,6]) -> y, z, u
      w: f32[4,1,3,3] = ..
      v: f32[4,4,3,3] = ..
      p: f32[1,4,4,4] = maxPool(x) {kernel: [3,3]}
      d: f32[1,4,4,4] = conv2d(x, w) {groups: 4}
      y: f32[1,4,4,4] = add(p, d)
      z: f32[1,3,4,4] = maxPool(i) {kernel: [3,3]}
      u: f32[1,4,4,4] = conv2d(x, v)`);
    expect(calls.filter((call) => call.includes('(x)') || call.includes('(x,'))).to.deep.equal(['x.blocked = copy 1x4x6x6 (x)', 'u.blocked = conv2d 3x3 4→4 @6 (x, v)']);
    expect(calls.filter((call) => call.includes('(x.blocked'))).to.have.length(2);
    expect(calls).to.include('z.blocked = max_pool 3x3 @6 (i)');
  });
  it('what is computed channel by channel of a signature of few channels stays in rows, until channels are summed', () => {
    expect(blockedIn(`graph g(x: f32[1,2,6,6]) -> y, z
      w: f32[2,1,3,3] = ..
      v: f32[2,2,3,3] = ..
      a: f32[1,2,6,6] = relu(x)
      p: f32[1,2,4,4] = maxPool(a) {kernel: [3,3]}
      d: f32[1,2,4,4] = conv2d(x, w) {groups: 2}
      s: f32[1,2,4,4] = add(p, d)
      y: f32[1,2,2,2] = maxPool(s) {kernel: [3,3]}
      c: f32[1,2,2,2] = conv2d(s, v)
      z: f32[1,2,2,2] = relu(c)`)[0]).to.deep.equal(['z.blocked']);
  });

  it('what a convolution makes for the signature is made in blocks and copied out, for its other readers too', () => {
    expect(blockedIn(`graph g(x: f32[1,4,2,3]) -> y, z
      w: f32[8,4,1,1] = ..
      v: f32[8,8,1,1] = ..
      y: f32[1,8,2,3] = conv2d(x, w)
      z: f32[1,8,2,3] = conv2d(y, v)`)).to.deep.equal([['y.blocked', 'z.blocked'], [
      'y.blocked = conv2d 1x1 4→8 @2x3 (x, w)', 'y = copy 1x8x2x3 (y.blocked)',
      'z.blocked = conv2d 1x1 8→8 @2x3 (y.blocked, v)', 'z = copy 1x8x2x3 (z.blocked)',
    ]]);
  });
  it('four axes of an attention are no channels: its products, scores and moves stay plain', () => {
    expect(blockedIn(`graph g(q: f32[1,4,5,6], k: f32[1,4,5,6]) -> y
      w: f32[6,6] = ..
      s: f32[1,4,5,6] = matmul(q, w)
      t: f32[1,4,6,5] = transpose(k) {permutation: [0,1,3,2]}
      p: f32[1,4,5,5] = matmul(s, t)
      a: f32[1,4,5,5] = softmax(p)
      y: f32[1,4,5,5] = relu(a)`)[0]).to.deep.equal([]);
  });
  it('convolutions over one and three axes have channels too; products and norms of rows have none', () => {
    expect(blockedIn(`graph g(x: f32[1,2,9], v: f32[1,2,4,4,4], r: f32[1,6,8]) -> y, z, w
      k: f32[8,2,3] = ..
      l: f32[8,8,1] = ..
      a: f32[1,8,7] = conv1d(x, k)
      b: f32[1,8,7] = relu(a)
      y: f32[1,8,7] = conv1d(b, l)
      m: f32[4,2,3,3,3] = ..
      o: f32[4,4,2,2,2] = ..
      c: f32[1,4,2,2,2] = conv3d(v, m)
      z: f32[1,4,1,1,1] = conv3d(c, o)
      d: f32[8,8] = ..
      n: f32[1,6,8] = matmul(r, d)
      p: f32[1,6,1] = reduceMean(n) {axes: [2]}
      w: f32[1,6,8] = subtract(n, p)`)[0]).to.deep.equal(['b', 'c', 'y.blocked']);
  });
  it('elements gathered by places that are known keep their channels', () => {
    expect(blockedIn(`graph g(x: f32[1,8,6,6]) -> y
      w: f32[8,8,3,3] = ..
      p: i64[3] = 0, 2, 1
      a: f32[1,8,4,4] = conv2d(x, w)
      b: f32[1,8,3,4] = gather(a, p) {axis: 2}
      c: f32[1,8,3,3] = gather(b, p) {axis: 3}
      y: f32[1,8,1,1] = conv2d(c, w)`)[0]).to.include.members(['a', 'b', 'c']);
  });
  it('elementwise calls, pads and parts between windows share their channels; a transposition ends them', () => {
    expect(blockedIn(`graph g(x: f32[1,8,6,6]) -> y, z
      s: f32[1,8,1,1] = globalAveragePool(x)
      g: f32[1,8,1,1] = sigmoid(s)
      u: f32[1,8,6,6] = multiply(x, g)
      e: f32[1,8,6,6] = exp(u)
      a: f32[1,8,7,7] = pad(e) {pads: [0,0,0,0,0,0,1,1]}
      c: f32[1,16,7,7] = concat(a, a) {axis: 1}
      m: f32[1,16,6,6] = maxPool(c) {kernel: [2,2]}
      y: f32[1,16,1,1] = globalMaxPool(m)
      t: f32[1,6,6,8] = transpose(u) {permutation: [0,2,3,1]}
      z: f32[1,6,6,8] = softmax(t)`)[0]).to.deep.equal(['g', 'u', 'e', 'a', 'c', 'm']);
  });
});

describe('joinRows', () => {
  const joined = (text: string, lanes = 4): readonly string[] => {
    const network = joinRows(assignLayouts(fuse(networkFrom(text)), lanes));
    expect(verifyNetwork(network)).to.deep.equal([]);
    return network.calls.map(({ definition }) => printDefinition(definition).trim());
  };
  it('a 1x1 convolution with its epilogue sees one long row', () => {
    expect(joined(`graph g(x: f32[1,4,2,3], r: f32[1,8,2,3]) -> y
      w: f32[8,4,1,1] = ..
      b: f32[8] = 1, 2, 3, 4, 5, 6, 7, 8
      t: f32[1,8,2,3] = conv2d(x, w, b)
      y: f32[1,8,2,3] = add(t, r)`)[0]).to.equal(`tensor conv2d(X: f32[1,4,1,6], W: f32[8,4,1,1] compile, bias: f32[8] compile, R: f32[1,8,1,6])
  A[n<1, k<8, y<1, x<6] = sum[c<4, r<1, s<1] X[0, c, 0, x] * W[k, c, 0, 0]
  Y[n<1, k<8, y<1, x<6] = A[0, k, 0, x] + bias[k] + R[0, k, 0, x]`);
  });
  it('rows of one pixel are columns of one', () => {
    expect(joined(`graph g(x: f32[2,3,3,1]) -> y
      y: f32[2,3,3,1] = relu(x)`)).to.deep.equal([`tensor elementwise(X: f32[2,3,1,3])
  Y[n<2, c<3, y<1, x<3] = max(X[n, c, 0, x], 0)`]);
  });
  it('a definition that looks at rows, or at one pixel beside all, keeps them', () => {
    const [{ n, c, y, x }, axes] = build.axesOf({ n: 1, c: 4, y: 2, x: 3 }), X = build.input('X', 'f32', [1, 4, 2, 3]), T = build.table('T', 'f32', [2, 3], [1, 2, 3, 4, 5, 6]);
    const whole = build.load(X, n, c, y, x);
    const values: readonly (readonly [string, Value, readonly Table[]])[] = [
      ['a guard', build.select([plus(y, -1)], whole, build.literal(0)), []],
      ['an index as a number', build.binary('multiply', whole, build.cast('f32', { kind: 'index', dtype: 'i32', of: x })), []],
      ['one pixel', build.binary('divide', whole, build.load(X, n, c, zero, zero)), []],
      ['a table', build.binary('multiply', whole, build.load(T, y, x)), [T]],
    ];
    const plain = (name: string): NetworkTensor => ({ name, dtype: 'f32', shape: X.shape, layout: plainLayout(X.shape) });
    for (const [what, value, tables] of values) {
      const call: Call = { name: what, label: what, inputs: ['x'], output: 'y', inPlace: null, definition: { name: 'task', inputs: [X], tables, stages: [build.stage('Y', 'f32', axes, value)] } };
      const network: Network = { name: 'n', inputs: ['x'], outputs: ['y'], calls: [call], tensors: new Map([['x', plain('x')], ['y', plain('y')]]) };
      expect(verifyNetwork(network)).to.deep.equal([]);
      expect(joinRows(network), what).to.deep.equal(network);
    }
  });
  it('windows, strides, padding, broadcast rows and moves keep theirs', () => {
    const graphs = [
      'y: f32[1,4,1,1] = maxPool(x) {kernel: [2,3]}', 'y: f32[1,4,1,2] = maxPool(x) {kernel: [1,1], strides: [2,2]}',
      'y: f32[1,4,4,5] = pad(x) {pads: [0,0,1,1,0,0,1,1]}', 'y: f32[1,4,2,3] = add(x, row)', 'y: f32[1,4,1,1] = globalMaxPool(x)',
      'y: f32[1,4,2,3] = softmax(x)', 'y: f32[1,4,3,2] = transpose(x) {permutation: [0,1,3,2]}',
    ];
    for (const node of graphs) {
      const text = `graph g(x: f32[1,4,2,3]) -> y\n  row: f32[3] = 1, 2, 3\n  ${node}`;
      expect(joined(text), node).to.deep.equal(networkFrom(text).calls.map(({ definition }) => printDefinition(definition).trim()));
    }
  });
});

describe('defineCalls', () => {
  const refusals: readonly (readonly [string, string, string])[] = [
    ['operator-unknown', 'y: f32[2] = nonMaxSuppression(x)', 'node "y" uses the operator nonMaxSuppression, which Loopsmith does not define; replace it in the model or add it to lowering/operators'],
    ['operator-refused', 'y: f32[2] = not(x)', 'not "y" cannot compute what the model asks of it: elementwise: stage Y computes not(X[n]) on f32; not needs integers or bool'],
    ['graph-invalid', 'y: f32[3] = relu(x)', 'relu "y" makes f32[2], but the model states f32[3] for y; correct the model\'s shapes'],
    ['graph-invalid', 'z: f32[2] = relu(x)', 'output x of g is an input of the model; nothing computes it, so drop it from the model\'s outputs'],
  ];
  for (const [code, line, message] of refusals)
    it(`refuses: ${message}`, () => {
      expect(() => networkFrom(`graph g(x: f32[2]) -> ${line.startsWith('z') ? 'x' : 'y'}\n  ${line}`)).to.throw(message).with.deep.property('failure', { code, stage: 'graph', message });
    });
});
