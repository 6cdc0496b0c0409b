/** What a definition's arithmetic and bytes are counted as, in sums that a reader can do by hand. */
import { expect } from 'chai';
import { example } from '../testing/definitions.js';
import { blockedLayout } from './layout.js';
import { bytesMoved, flopsOf } from './work.js';

describe('flopsOf', () => {
  it('counts two for a multiply-add and one for every other operator', () => {
    expect(flopsOf(example('convolution'))).to.equal(2 * 6 * 63 * 36 + 2 * 6 * 63);
    expect(flopsOf(example('softmax'))).to.equal(5 * 33 * (1 + 2 + 1 + 1));
    expect(flopsOf(example('maxPool'))).to.equal(3 * 16 * 9);
  });
  it('leaves out what is known when the library is built', () => {
    expect(flopsOf(example('tables'))).to.equal(2 * 4 * 4 * 4 + 3 * 4 * 2 * 4);
  });
});

describe('bytesMoved', () => {
  it('counts every input and the output once, in the places they take', () => {
    const definition = example('softmax'), plain = 2 * 4 * 5 * 33;
    expect(bytesMoved(definition, {})).to.equal(plain);
    // 33 columns in blocks of 8 take 40 places
    expect(bytesMoved(definition, { Y: blockedLayout([5, 33], 1, 8) })).to.equal(plain + 4 * 5 * 7);
    expect(bytesMoved(example('gather'), {})).to.equal(4 * 7 * 4 + 8 * 5 + 4 * 5 * 4);
  });
});
