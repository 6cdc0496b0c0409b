/** One channel in every lane: the text of what is widened, that it computes the same, and what is left alone. */
import { expect } from 'chai';
import { printDefinition, verifyNetwork, type Network } from '@loopsmith/ir';
import { networkFrom } from '../testing/graphs.js';
import { fuse } from './fuse.js';
import { widenOneChannel } from './widen-one-channel.js';

const widened = (text: string, lanes = 4): Network => {
  const network = widenOneChannel(fuse(networkFrom(text)), lanes);
  expect(verifyNetwork(network)).to.deep.equal([]);
  return network;
};
const callsOf = ({ calls }: Network): readonly string[] => calls.map((call) => `${call.output} = ${call.label} (${call.inputs.join(', ')})`);

const head = `graph g(x: f32[1,3,5,5]) -> y
      v: f32[6,3,1,1] = ..
      w: f32[1,6,3,3] = ..
      b: f32[1] = 7
      a: f32[1,6,5,5] = conv2d(x, v)`;

describe('widenOneChannel', () => {
  it('sums one channel of blocks in every lane, with the weights once per lane, and copies one out', () => {
    const network = widened(`${head}
      c: f32[1,1,3,3] = conv2d(a, w, b)
      y: f32[1,1,3,3] = sigmoid(c)`);
    expect(callsOf(network)).to.deep.equal([
      'a = conv2d 1x1 3→6 @5 (x, v)', 'y.wide = conv2d 3x3 6→1 @5 +sigmoid in 4 lanes (a, w, b)', 'y = slice 1x4x3x3 to 1x1x3x3 (y.wide)',
    ]);
    expect(printDefinition(network.calls[1]!.definition).trim().split('\n').slice(1).map((line) => line.trim())).to.deep.equal([
      'Ww[n<4, c<6, y<3, x<3] = W[0, c, y, x]',
      'A[n<1, k<4, y<3, x<3] = sum[c<6, r<3, s<3] X[0, c, r+y, s+x] * Ww[k, c, r, s]',
      'Y[n<1, k<4, y<3, x<3] = 1 / (exp(-(A[0, k, y, x] + bias[0])) + 1)',
    ]);
  });

  for (const [what, text, lanes] of [
    ['what reads an input of the model, which has no blocks', `graph g(x: f32[1,6,5,5]) -> y
      w: f32[1,6,3,3] = ..
      y: f32[1,1,3,3] = conv2d(x, w)`, 4],
    ['several channels', `${head}
      u: f32[2,6,3,3] = ..
      y: f32[1,2,3,3] = conv2d(a, u)`, 4],
    ['one pixel', `${head}
      u: f32[1,6,5,5] = ..
      y: f32[1,1,1,1] = conv2d(a, u)`, 4],
    ['everything where vectors have one lane', `${head}
      y: f32[1,1,3,3] = conv2d(a, w)`, 1],
  ] as const) it(`leaves ${what}`, () => { expect(callsOf(widened(text, lanes))).to.deep.equal(callsOf(fuse(networkFrom(text)))); });
});
