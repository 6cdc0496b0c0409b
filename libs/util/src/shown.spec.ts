/** Values of JSON in messages: what is written out and what is only named. Where they are used is not tried here. */
import { expect } from 'chai';
import { shown } from './shown.js';

describe('shown', () => {
  it('writes plain values and short lists out, and names the rest', () =>
    expect([3, 'a"b', null, undefined, [1, ['x', true]], [[[1]]], [1, 2, 3, 4, 5], { a: 1 }, 'long'.repeat(100)].map((value) => shown(value))).to.deep.equal(
      ['3', '"a\\"b"', 'null', 'nothing', '[1,["x",true]]', '[[a list]]', 'a list', 'an object', `"${'long'.repeat(15)}"`]));
});
