/** Medians, intervals, and the rule that names a winner: the same one every time, the earlier one within noise. */
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { chooseWinner, median, medianInterval } from './index.js';

const noisy = (time: number, noise: number, seed: number, count = 30): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => time * (1 + noise * (random.next() - 0.5)));
};

describe('statistics', () => {
  it('takes the middle', () => {
    expect(median([3, 1, 2])).to.equal(2);
    expect(median([4, 1, 3, 2])).to.equal(2.5);
    expect(() => median([])).to.throw('median of nothing');
  });

  it('puts an interval around a median that holds the true one 9 times out of 10 at least', () => {
    const hits = Array.from({ length: 100 }, (_, seed) => medianInterval(noisy(100, 0.2, seed))).filter(([low, high]) => low <= 100 && 100 <= high).length;
    expect(hits).to.be.at.least(90);
  });

  it('lets the earlier of two win within noise, and the faster beyond it', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(chooseWinner([noisy(100, 0.1, seed), noisy(99.9, 0.1, seed + 100)]), `tie ${seed}`).to.equal(0);
      expect(chooseWinner([noisy(100, 0.1, seed), noisy(90, 0.1, seed + 100)]), `clear ${seed}`).to.equal(1);
    }
  });

  it('pairs rounds, so that drift of the machine does not hide a difference', () => {
    const drift = (i: number): number => 1 + i / 10;
    const slow = noisy(100, 0.01, 1).map((t, i) => t * drift(i)), fast = noisy(97, 0.01, 2).map((t, i) => t * drift(i));
    expect(chooseWinner([slow, fast])).to.equal(1);
  });

  it('names the only one there is', () => expect(chooseWinner([[5, 5]])).to.equal(0));
});
