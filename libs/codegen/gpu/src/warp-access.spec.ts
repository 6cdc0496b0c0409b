/** What a warp's access touches, of addresses written by hand. */
import type { Launch } from '@loopsmith/ir';
import { expect } from 'chai';
import { firstWarp, ofLanes, warpAccess } from './warp-access.js';

describe('an access of a warp', () => {
  const lanes = (of: (lane: number) => number): readonly number[] => Array.from({ length: 32 }, (_, lane) => of(lane));
  it('asks for as few pieces as its addresses lie in', () => {
    expect(warpAccess(lanes((i) => i), 1, 4, false)).to.deep.equal({ sectors: 4, passes: 1 });
    expect(warpAccess(lanes((i) => 4 * i), 4, 4, false)).to.deep.equal({ sectors: 16, passes: 4 });
    expect(warpAccess(lanes((i) => 100 * i), 1, 4, false)).to.deep.equal({ sectors: 32, passes: 32 });
    expect(warpAccess(lanes(() => 7), 1, 4, false)).to.deep.equal({ sectors: 1, passes: 1 });
  });
  it('goes to shared memory as often as its busiest bank has other words', () => {
    expect(warpAccess(lanes((i) => i), 1, 4, true).passes).to.equal(1);
    expect(warpAccess(lanes((i) => 8 * i), 1, 4, true).passes).to.equal(8);
    expect(warpAccess(lanes(() => 3), 1, 4, true).passes).to.equal(1);
    expect(warpAccess(lanes((i) => 4 * i), 4, 4, true).passes).to.equal(4);
  });
  it('has its lanes along the first direction, then the next', () => {
    const warp = firstWarp({ blocks: [1, 1, 1], threads: [8, 2, 4], sharedBytes: 0 } satisfies Launch, 32);
    expect([warp[7], warp[8], warp[31]]).to.deep.equal([[7, 0, 0], [0, 1, 0], [7, 1, 1]]);
    const index = { kind: 'index', constant: 3, terms: [
      { coefficient: 1, atom: { kind: 'variable', name: 'x', first: 0, last: 7 } }, { coefficient: 100, atom: { kind: 'variable', name: 'other', first: 0, last: 9 } },
      { coefficient: 10, atom: { kind: 'floorDivision', index: { kind: 'index', constant: 1, terms: [{ coefficient: 1, atom: { kind: 'variable', name: 'y', first: 0, last: 1 } }] }, divisor: 2, first: 0, last: 1, text: '' } },
    ] } as const;
    const at = ofLanes(index, warp, new Map([['x', { at: 0, last: 7 }], ['y', { at: 1, last: 1 }]]));
    expect([at[0], at[7], at[8], at[15], at[16]]).to.deep.equal([3, 10, 13, 20, 3]);
  });
});
