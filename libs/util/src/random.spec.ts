/** Seeded random numbers: the same everywhere, uniform enough, streams that do not depend on what was drawn before. */
import { expect } from 'chai';
import { seededRandom } from './random.js';

describe('seededRandom', () => {
  it('gives the same numbers on every machine', () => {
    const random = seededRandom(42);
    expect([random.next(), random.next(), random.below(1000)].map((value) => Math.round(value * 1e9) / 1e9)).to.deep.equal([0.218840252, 0.919385524, 74]);
  });

  it('fills its range evenly', () => {
    const random = seededRandom(1), counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 10_000; i++) counts[random.below(10)]!++;
    for (const count of counts) expect(count).to.be.within(900, 1100);
  });

  it('forks streams by name, whatever was drawn before', () => {
    const first = seededRandom(7), second = seededRandom(7);
    first.next();
    expect(first.fork('weights').next()).to.equal(second.fork('weights').next());
    expect(first.fork('weights').next()).to.not.equal(first.fork('inputs').next());
  });

  it('picks every element and refuses an empty list', () => {
    const random = seededRandom(3);
    expect(new Set(Array.from({ length: 100 }, () => random.pick(['a', 'b', 'c'])))).to.deep.equal(new Set(['a', 'b', 'c']));
    expect(() => random.pick([])).to.throw('Random.pick needs a list with at least one element');
  });
});
