/** Who gets which partition: all of them to somebody, in balance, and what a member works on stays with it. */
import { expect } from 'chai';
import { share } from './assigner.js';

const partitions = Array.from({ length: 8 }, (_, i) => `work:${i}`);
const claim = (id: string, owned: readonly string[] = [], busy: readonly string[] = []) => ({ id, owned, busy });
const sizes = (shares: ReadonlyMap<string, readonly string[]>): readonly number[] => [...shares.values()].map(({ length }) => length).sort();

describe('the sharing of partitions', () => {
  it('gives each to exactly one member, in numbers that differ by one at most', () => {
    const shares = share(partitions, [claim('x'), claim('y'), claim('z')]);
    expect([...shares.values()].flat().sort()).to.deep.equal(partitions);
    expect(sizes(shares)).to.deep.equal([2, 3, 3]);
  });

  it('leaves with a member what it works on, when another joins and it has to give some', () => {
    const shares = share(partitions, [claim('old', partitions, ['work:6', 'work:7']), claim('new')]);
    expect(shares.get('old')).to.include.members(['work:6', 'work:7']);
    expect(sizes(shares)).to.deep.equal([4, 4]);
  });

  it('takes from a member that is busy everywhere what it began with last', () => {
    const began = ['work:5', 'work:2', 'work:7', 'work:0', 'work:1', 'work:3', 'work:4', 'work:6'];
    const shares = share(partitions, [claim('old', partitions, began), claim('new')]);
    expect(shares.get('old')).to.deep.equal(began.slice(0, 4));
  });

  it('moves nothing between members that stay in balance', () => {
    const before = share(partitions, [claim('x'), claim('y')]);
    const after = share(partitions, [...before].map(([id, owned]) => claim(id, owned)));
    for (const [id, owned] of before) expect([...after.get(id)!].sort()).to.deep.equal([...owned].sort());
  });

  it('lets two that claim the same partition not both have it', () => {
    const shares = share(partitions, [claim('x', ['work:0'], ['work:0']), claim('y', ['work:0'], ['work:0'])]);
    expect([...shares.values()].flat().sort()).to.deep.equal(partitions);
  });
});
