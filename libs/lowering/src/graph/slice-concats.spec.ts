/** Concatenations that vanish: which operands become slices, which are copied, and where the call stays. */
import { expect } from 'chai';
import { axisNames, build, layoutText, verifyNetwork, type Network } from '@loopsmith/ir';
import { networkFrom } from '../testing/graphs.js';
import { assignLayouts } from './assign-layouts.js';
import { concatenationOf } from './concatenation.js';
import { fuse } from './fuse.js';
import { planMemory } from './plan-memory.js';
import { sliceConcats } from './slice-concats.js';

const slicedNetwork = (text: string, lanes = 4, sliceBytes?: number): Network => {
  const network = sliceConcats(assignLayouts(fuse(networkFrom(text)), lanes), sliceBytes);
  expect(verifyNetwork(network)).to.deep.equal([]);
  return network;
};
/** `output [layout] in whole = label (operands)` per call. */
const sliced = (text: string, lanes = 4, sliceBytes?: number): readonly string[] => {
  const network = slicedNetwork(text, lanes, sliceBytes);
  return network.calls.map((call) => {
    const { shape, layout, sliceOf } = network.tensors.get(call.output)!;
    return `${call.output} ${layoutText(layout, axisNames(shape.length), shape)}${sliceOf === undefined ? '' : ` in ${sliceOf}`} = ${call.label} (${call.inputs.join(', ')})`;
  });
};

describe('sliceConcats', () => {
  it('operands of whole blocks write their slices; the last may have a block that is not full', () => {
    expect(sliced(`graph g(x: f32[1,8,2,2]) -> y
      a: f32[1,8,2,2] = relu(x)
      b: f32[1,8,2,2] = exp(x)
      v: f32[3,8,1,1] = ..
      c: f32[1,3,2,2] = conv2d(x, v)
      t: f32[1,19,2,2] = concat(a, b, c) {axis: 1}
      y: f32[1,19,1,1] = globalMaxPool(t)`)).to.deep.equal([
      'a [n c/4:5 y x c%4] in t = relu 1x8x2x2 (x)',
      'b [n c+8/4:5 y x c+8%4] in t = exp 1x8x2x2 (x)',
      'c [n c+16/4 y x c+16%4] in t = conv2d 1x1 8→3 @2 (x, v)',
      'y [n c y x] = global_max_pool 19 @2 (t)',
    ]);
  });

  it('what is concatenated twice nests; what goes into two results is copied into one of them', () => {
    expect(sliced(`graph g(x: f32[2,4,2,2]) -> y, z
      a: f32[2,4,2,2] = relu(x)
      b: f32[2,4,2,2] = exp(x)
      t: f32[2,8,2,2] = concat(a, b) {axis: 1}
      u: f32[2,12,2,2] = concat(t, a) {axis: 1}
      y: f32[2,12,1,1] = globalMaxPool(u)
      z: f32[2,8,1,1] = globalMaxPool(t)`)).to.deep.equal([
      'a [n c+8/4 y x c+8%4] in u = relu 2x4x2x2 (x)',
      'b [n c+4/4:3 y x c+4%4] in t = exp 2x4x2x2 (x)',
      't.part0 [n c/4:3 y x c%4] in t = copy 2x4x2x2 (a)',
      'y [n c y x] = global_max_pool 12 @2 (u)',
      'z [n c y x] = global_max_pool 8 @2 (t)',
    ]);
  });

  it('inputs, constants and outputs of the model are copied', () => {
    expect(sliced(`graph g(x: f32[1,4,2,2]) -> a, y
      k: f32[1,4,2,2] = ..
      a: f32[1,4,2,2] = relu(x)
      b: f32[1,4,2,2] = exp(x)
      t: f32[1,16,2,2] = concat(x, a, b, k) {axis: 1}
      y: f32[1,16,1,1] = globalMaxPool(t)`)).to.deep.equal([
      'a [n c y x] = relu 1x4x2x2 (x)',
      'b [n c+8/4:4 y x c+8%4] in t = exp 1x4x2x2 (x)',
      't.part0 [n c/4:4 y x c%4] in t = copy 1x4x2x2 (x)',
      't.part1 [n c+4/4:4 y x c+4%4] in t = copy 1x4x2x2 (a)',
      't.part3 [n c+12/4 y x c+12%4] in t = copy 1x4x2x2 (k)',
      'y [n c y x] = global_max_pool 16 @2 (t)',
    ]);
  });

  it('a slice starts where the target\'s kernels may, or there is none', () => {
    const text = (channels: number): string => `graph g(x: f32[1,${channels},3,3]) -> y
      a: f32[1,${channels},3,3] = relu(x)
      b: f32[1,${channels},3,3] = exp(x)
      t: f32[1,${2 * channels},3,3] = concat(a, b) {axis: 1}
      y: f32[1,${2 * channels},1,1] = globalMaxPool(t)`;
    const places = (channels: number, sliceBytes?: number): readonly (string | undefined)[] => ['a', 'b'].map((name) => slicedNetwork(text(channels), 1, sliceBytes).tensors.get(name)!.sliceOf);
    // 4 * 9 * 4 bytes are a multiple of 16; 6 * 9 * 4 are not
    expect([places(4, 16), places(6, 16), places(6)]).to.deep.equal([['t', 't'], [undefined, undefined], ['t', 't']]);
  });

  it('a boundary that cuts a block keeps the call; so does a result in another order than its operands', () => {
    for (const [channels, from] of [[5, 6], [4, 4]] as const) {
      const y = channels === 5 ? 'y: f32[1,11,1,1] = globalMaxPool(t)' : '', last = channels === 5 ? 'y' : 't';
      const calls = sliced(`graph g(x: f32[1,${channels},2,2], z: f32[1,${from},2,2]) -> ${last}
        a: f32[1,${channels},2,2] = maxPool(x) {kernel: [3,3], pads: [1,1,1,1]}
        b: f32[1,${from},2,2] = maxPool(z) {kernel: [3,3], pads: [1,1,1,1]}
        t: f32[1,${channels + from},2,2] = concat(a, b) {axis: 1}
        ${y}`);
      expect(calls.filter((call) => call.includes('concat')).length, `${channels}`).to.equal(1);
    }
  });

  it('along any axis, in any layout', () => {
    expect(sliced(`graph g(x: f32[3,5]) -> y
      a: f32[3,5] = relu(x)
      b: f32[3,5] = exp(x)
      y: f32[3,10] = concat(a, b) {axis: 1}`)).to.deep.equal(['a [n c:10] in y = relu 3x5 (x)', 'b [n c+5] in y = exp 3x5 (x)']);
  });

  it('one buffer for all slices, alive from the first that is written to the last that is read', () => {
    const plan = planMemory(slicedNetwork(`graph g(x: f32[1,4,2,2]) -> y
      a: f32[1,4,2,2] = relu(x)
      o: f32[1,4,2,2] = exp(a)
      b: f32[1,4,2,2] = tanh(x)
      s: f32[1,4,2,2] = multiply(b, o)
      t: f32[1,8,2,2] = concat(a, s) {axis: 1}
      y: f32[1,8,1,1] = globalMaxPool(t)`));
    expect([...plan.offsets.keys()]).to.include('t').and.not.include('a').and.not.include('s');
    expect(plan.offsets.get('t')).to.equal(0);
    for (const [name, offset] of plan.offsets) if (name !== 't') expect(offset, name).to.be.at.least(8 * 4 * 4);
  });
});

describe('concatenationOf', () => {
  const [{ n, c }, axes] = build.axesOf({ n: 2, c: 4 });
  const A = build.input('A', 'f32', [2, 2]);
  const of = (value: Parameters<typeof build.stage>[3]) => concatenationOf({ name: 'd', inputs: [A], tables: [], stages: [build.stage('Y', 'f32', axes, value)] });
  it('is nothing where one operand is copied, or is changed', () => {
    expect(of(build.load(A, n, c))).to.equal(undefined);
    expect(of(build.unary('exp', build.load(A, n, c)))).to.equal(undefined);
  });
});
