/** Which calls write over an operand, and where the memory plan puts the two. */
import { expect } from 'chai';
import { verifyNetwork, type Network } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { graphFrom } from '../testing/graphs.js';
import { planMemory } from './plan-memory.js';
import { toNetwork } from './pipeline.js';

const networkOf = (text: string): Network => unwrap(toNetwork(graphFrom(text), { channelBlock: 4 }));
/** `output over operand` per call that computes in place. */
const inPlace = (text: string): readonly string[] => {
  const network = networkOf(text), plan = planMemory(network);
  expect(verifyNetwork(network)).to.deep.equal([]);
  return network.calls.flatMap((call) => {
    if (call.inPlace === null) return [];
    const taken = call.inputs[call.inPlace]!;
    expect(plan.offsets.get(call.output)).to.equal(plan.offsets.get(taken)).and.not.equal(undefined);
    return [`${call.output} over ${taken}`];
  });
};
const weights = `
      w: f32[4,4,3,3] = ..
      v: f32[4,4,1,1] = ..
      `;

describe('computeInPlace', () => {
  it('a residual sum writes over its shortcut, seen in joined rows too', () => {
    for (const [weight, pads] of [['w', ' {pads: [1,1,1,1]}'], ['v', '']] as const)
      expect(inPlace(`graph g(x: f32[1,4,4,4]) -> y${weights}
        a: f32[1,4,4,4] = conv2d(x, w) {pads: [1,1,1,1]}
        b: f32[1,4,4,4] = conv2d(a, w) {pads: [1,1,1,1]}
        c: f32[1,4,4,4] = conv2d(b, ${weight})${pads}
        s: f32[1,4,4,4] = add(a, c)
        t: f32[1,4,4,4] = maxPool(s) {kernel: [3,3], pads: [1,1,1,1]}
        y: f32[1,4,1,1] = globalMaxPool(t)`)).to.deep.equal(['s over a']);
  });
  it('elementwise calls in a row share one buffer', () => {
    const text = `graph g(x: f32[1,4,4,4]) -> y, z${weights}
      a: f32[1,4,4,4] = conv2d(x, w) {pads: [1,1,1,1]}
      m: f32[1,4,1,1] = globalMaxPool(a)
      b: f32[1,4,4,4] = subtract(a, m)
      n: f32[1,4,1,1] = globalMaxPool(b)
      c: f32[1,4,4,4] = divide(b, n)
      y: f32[1,4,1,1] = globalMaxPool(c)
      z: f32[1,4,1,1] = globalAveragePool(c)`;
    expect(inPlace(text)).to.deep.equal(['b over a', 'c over b']);
    expect(planMemory(networkOf(text)).bytes).to.equal(256 + 64);
  });
  it('not what is read again, moved, windowed, of the signature, or another extent', () => {
    expect(inPlace(`graph g(x: f32[1,4,4,4]) -> y, z, u${weights}
      a: f32[1,4,4,4] = conv2d(x, w) {pads: [1,1,1,1]}
      s: f32[1,4,4,4] = add(a, x)
      b: f32[1,4,4,4] = maxPool(s) {kernel: [3,3], pads: [1,1,1,1]}
      c: f32[1,4,4,4] = transpose(b) {permutation: [0,1,3,2]}
      d: f32[1,4,4,4] = maxPool(c) {kernel: [3,3], pads: [1,1,1,1]}
      e: f32[1,4,4,4] = multiply(d, x)
      y: f32[1,4,1,1] = globalMaxPool(e)
      z: f32[1,4,1,1] = globalMaxPool(d)
      f: f32[1,4,4,4] = averagePool(e) {kernel: [3,3], pads: [1,1,1,1]}
      u: f32[1,4,4,4] = relu(f)`)).to.deep.equal([]);
  });
  it('not a slice of a concatenation', () => {
    expect(inPlace(`graph g(x: f32[1,4,4,4]) -> y${weights}
      a: f32[1,4,4,4] = conv2d(x, w) {pads: [1,1,1,1]}
      b: f32[1,4,4,4] = maxPool(a) {kernel: [3,3], pads: [1,1,1,1]}
      c: f32[1,4,4,4] = multiply(a, b)
      t: f32[1,8,4,4] = concat(b, c) {axis: 1}
      y: f32[1,8,1,1] = globalMaxPool(t)`)).to.deep.equal([]);
  });
});
