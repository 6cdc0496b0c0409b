/** Prologues as the text of the network that comes out: what joins the call behind it, in which form, and what stays. */
import { expect } from 'chai';
import { printDefinition, verifyNetwork } from '@loopsmith/ir';
import { networkFrom } from '../testing/graphs.js';
import { fusePrologues } from './fuse-prologues.js';
import { fuse } from './fuse.js';

/** `output = label (operands)` per call, then the stages of those that have a prologue. */
const fused = (text: string): readonly string[] => {
  const network = fusePrologues(fuse(networkFrom(text)));
  expect(verifyNetwork(network)).to.deep.equal([]);
  return network.calls.flatMap((call) => [
    `${call.output} = ${call.label} (${call.inputs.join(', ')})`,
    ...(call.label.includes(' after ') ? printDefinition(call.definition).trim().split('\n').map((line) => line.trim()).slice(1) : []),
  ]);
};
const head = `graph g(x: f32[1,4,6,6]) -> y, k
      s: f32[4,1,1] = 1, 2, 3, 4
      t: f32[4,1,1] = 4, 3, 2, 1
      w1: f32[8,4,1,1] = ..
      w3: f32[8,4,3,3] = ..
      wd: f32[4,1,3,3] = ..
      a: f32[1,4,6,6] = maxPool(x) {kernel: [1,1]}
      k: f32[1,4,6,6] = relu(a)
      m: f32[1,4,6,6] = multiply(a, s)
      n: f32[1,4,6,6] = add(m, t)
      r: f32[1,4,6,6] = relu(n)`;

describe('fusePrologues', () => {
  it('normalisation and activation before a 1x1 convolution become a stage before its sum', () => {
    expect(fused(`${head}
      y: f32[1,8,6,6] = conv2d(r, w1)`).slice(2)).to.deep.equal([
      'y = conv2d 1x1 4→8 @6 after multiply 1x4x6x6 +add +relu (a, s, t, w1)',
      'P[n<1, c<4, y<6, x<6] = max(X[0, c, y, x] * R[c, 0, 0] + R2[c, 0, 0], 0)',
      'A[n<1, k<8, y<6, x<6] = sum[c<4, r<1, s<1] P[0, c, y, x] * W[k, c, 0, 0]',
      'Y[n<1, k<8, y<6, x<6] = A[0, k, y, x]',
    ]);
  });

  it('padding stays around the formula: zeros are what its results are padded with', () => {
    expect(fused(`${head}
      y: f32[1,8,6,6] = conv2d(r, w3) {pads: [1,1,1,1]}`).slice(2, 4)).to.deep.equal([
      'y = conv2d 3x3 4→8 @6 after multiply 1x4x6x6 +add +relu (a, s, t, w3)',
      'P[n<1, c<4, y<8, x<8] = select y-1 >= 0 & -y+6 >= 0 & x-1 >= 0 & -x+6 >= 0 then max(X[0, c, y-1, x-1] * R[c, 0, 0] + R2[c, 0, 0], 0) else 0',
    ]);
  });

  it('a global pool sums the formula, each element once', () => {
    expect(fused(`${head}
      y: f32[1,4,1,1] = globalAveragePool(r)`).slice(2)).to.deep.equal([
      'y = global_average_pool 4 @6 after multiply 1x4x6x6 +add +relu (a, s, t)',
      'A[n<1, c<4, y<1, x<1] = sum[r<6, s<6] max(X[0, c, r, s] * R[c, 0, 0] + R2[c, 0, 0], 0)',
      'Y[n<1, c<4, y<1, x<1] = A[0, c, 0, 0] / 36',
    ]);
  });

  it('so does a sum, or an extreme, along any axis', () => {
    expect(fused(`${head.replace('-> y, k', '-> y, k, z')}
      y: f32[1,1,6,6] = reduceMax(r) {axes: [1]}
      u: f32[1,4,6,6] = exp(a)
      z: f32[1,4,6,1] = reduceSum(u) {axes: [3]}`).filter((line) => line.includes(' after '))).to.have.length(2);
  });

  it('an explicit pad and the gate of a squeeze-and-excitation are prologues too', () => {
    expect(fused(`graph g(x: f32[1,4,6,6], gate: f32[1,4,1,1]) -> y, z
      w1: f32[8,4,1,1] = ..
      w3: f32[8,4,3,3] = ..
      p: f32[1,4,8,8] = pad(x) {pads: [0,0,1,1,0,0,1,1]}
      y: f32[1,8,6,6] = conv2d(p, w3)
      g: f32[1,4,6,6] = multiply(x, gate)
      z: f32[1,8,6,6] = conv2d(g, w1)`)).to.deep.equal([
      'y = conv2d 3x3 4→8 @8 after pad 1x4x6x6 to 1x4x8x8 (x, w3)',
      'P[n<1, c<4, y<8, x<8] = select y-1 >= 0 & -y+6 >= 0 & x-1 >= 0 & -x+6 >= 0 then X[0, c, y-1, x-1] else 0',
      'A[n<1, k<8, y<6, x<6] = sum[c<4, r<3, s<3] P[0, c, r+y, s+x] * W[k, c, r, s]',
      'Y[n<1, k<8, y<6, x<6] = A[0, k, y, x]',
      'z = conv2d 1x1 4→8 @6 after multiply 1x4x6x6 (x, gate, w1)',
      'P[n<1, c<4, y<6, x<6] = X[0, c, y, x] * R[0, c, 0, 0]',
      'A[n<1, k<8, y<6, x<6] = sum[c<4, r<1, s<1] P[0, c, y, x] * W[k, c, 0, 0]',
      'Y[n<1, k<8, y<6, x<6] = A[0, k, y, x]',
    ]);
  });

  it('what two calls read, an output, a concatenation and a transposition stay calls of their own', () => {
    expect(fused(`graph g(x: f32[1,4,6,6], z: f32[1,4,6,6]) -> o, a, b, c, d
      w1: f32[8,4,1,1] = ..
      w2: f32[8,8,1,1] = ..
      r: f32[1,4,6,6] = relu(x)
      a: f32[1,8,6,6] = conv2d(r, w1)
      b: f32[1,8,6,6] = conv2d(r, w1)
      o: f32[1,4,6,6] = exp(x)
      c: f32[1,8,6,6] = conv2d(o, w1)
      e: f32[1,8,6,6] = concat(x, z) {axis: 1}
      d: f32[1,8,6,6] = conv2d(e, w2)`).filter((line) => line.includes(' after '))).to.deep.equal([]);
  });

  it('a formula before a window that no weights multiply, or before a row that is summed, is not computed for each of its readers', () => {
    expect(fused(`${head}
      y: f32[1,4,4,4] = maxPool(r) {kernel: [3,3]}`).filter((line) => line.includes(' after '))).to.deep.equal([]);
  });
});
