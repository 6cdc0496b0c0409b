/** Aligned copies out of odd places: what a view into a file gives no typed array. Times nothing. */
import { expect } from 'chai';
import { alignedCopy } from './bytes.js';

describe('alignedCopy', () => {
  it('copies bytes at an odd offset into memory that a typed array can view', () => {
    const whole = new Uint8Array(9);
    new DataView(whole.buffer).setFloat32(1, 1.5, true);
    const view = whole.subarray(1, 5);
    expect(() => new Float32Array(view.buffer, view.byteOffset, 1)).to.throw(RangeError);
    const copy = alignedCopy(view);
    whole.fill(0);
    expect(Array.from(new Float32Array(copy))).to.deep.equal([1.5]);
  });
});
