/** Which layouts give every element a place of its own: the shortcut for blocks answers as counting the places does. */
import { expect } from 'chai';
import { layoutFault, type LayoutDim } from './layout.js';

/** Whether all elements of an axis have places, by one pair of stored positions after the other. */
const sound = (dims: readonly LayoutDim[], extent: number): boolean => {
  const places = Array.from({ length: extent }, (_, i) => dims.map(({ offset, divide, modulo }) => { const divided = Math.floor((i + offset) / divide); return modulo === null ? divided : divided % modulo; }));
  return places.every((at) => at.every((place, k) => place < dims[k]!.size)) && new Set(places.map(String)).size === extent;
};

describe('layouts of an axis in two dims', () => {
  it('are refused exactly where an element has no place or shares one', () => {
    let soundOnes = 0, faults = 0;
    for (const extent of [2, 7, 8, 12])
      for (const divide of [1, 2, 4]) for (const modulo of [2, 4, 5]) for (const offset of [0, 1]) for (const blocks of [1, 2, 3, 4, 6]) for (const within of [2, 4]) {
        const dims: readonly LayoutDim[] = [{ axis: 0, offset, divide, modulo: null, size: blocks }, { axis: 0, offset, divide: 1, modulo, size: within }];
        for (const layout of [dims, dims.toReversed()]) {
          const fault = layoutFault(layout, [extent]);
          expect(fault === undefined, `${JSON.stringify(layout)} of ${extent}: ${fault ?? 'accepted'}`).to.equal(sound(layout, extent));
          if (fault === undefined) soundOnes++; else faults++;
        }
      }
    expect(Math.min(soundOnes, faults)).to.be.greaterThan(50);
  });
});
