/** Medians, intervals, and the rule that names a winner: the same one every time, the earlier one within noise. */
import { seededRandom, type Random } from '@loopsmith/util';
import { expect } from 'chai';
import { chooseWinner, judge, median, medianInterval } from './index.js';

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

  it('takes for that interval the medians of resamples, equal samples and even counts of them included', () => {
    for (const samples of [[5], [2, 1], [3, 3, 1], noisy(100, 0.2, 1, 29), noisy(100, 0.2, 2).map(Math.round)]) {
      const random = seededRandom(1979);
      const medians = Array.from({ length: 1000 }, () => median(samples.map(() => samples[random.below(samples.length)]!))).sort((a, b) => a - b);
      expect(medianInterval(samples)).to.deep.equal([medians[25], medians[974]]);
    }
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

  describe('of two equals on a shared machine calls the later faster in at most 1 % of 500 pairs', () => {
    /** One sample after the other; `level` is what the machine does, whoever runs. */
    const machines: Readonly<Record<string, (random: Random) => () => number>> = {
      'a quiet one': (random) => () => 100 + 10 * random.next(),
      'one that drifts either way': (random) => { let level = 100; return () => (level *= 1 + 0.004 * (random.next() - 0.5)) + random.next(); },
      'one with heavy tails': (random) => () => 100 + 0.2 / (1 - random.next()) ** 0.9,
      'one of two states that last': (random) => { let slow = false; return () => { if (random.next() < 0.06) slow = !slow; return (slow ? 180 : 100) + random.next(); }; },
      'one of two states by chance': (random) => () => (random.next() < 0.33 ? 180 : 100) + random.next(),
      'a coarse clock': (random) => () => 100 + random.below(3),
    };
    for (const [name, machine] of Object.entries(machines)) it(name, () => {
      const verdicts = Array.from({ length: 500 }, (_, seed) => {
        const sample = machine(seededRandom(seed)), rounds = Array.from({ length: 30 }, () => [sample(), sample()] as const);
        return chooseWinner([rounds.map(([first]) => first), rounds.map(([, second]) => second)]);
      });
      expect(verdicts.filter((winner) => winner === 1).length).to.be.at.most(5);
    });

    it('and still sees a difference of 3 % through drift and states', () => {
      const seen = Array.from({ length: 100 }, (_, seed) => {
        const sample = machines['one of two states that last']!(seededRandom(seed)), rounds = Array.from({ length: 30 }, () => [sample(), 0.97 * sample()] as const);
        return chooseWinner([rounds.map(([first]) => first), rounds.map(([, second]) => second)]);
      });
      expect(seen.filter((winner) => winner === 1).length).to.be.at.least(95);
    });
  });

  it('lets the faster lose seven rounds of 30, one of twelve, none of fewer', () => {
    const against = (lost: number, rounds: number): number => chooseWinner([Array.from({ length: rounds }, () => 10), Array.from({ length: rounds }, (_, r) => (r < lost ? 11 : 9))]);
    expect([against(7, 30), against(8, 30), against(0, 8), against(1, 11), against(1, 12), against(0, 7)]).to.deep.equal([1, 0, 1, 0, 1, 1]);
  });

  it('says what a comparison came to', () => {
    const clear = judge([noisy(200, 0.02, 1), noisy(100, 0.02, 2), noisy(150, 0.02, 3)]);
    expect(clear).to.deep.include({ winner: 1, tied: 1, flipRate: 0, regret: 0 });
    expect(clear.speedup).to.be.closeTo(2, 0.02);
    expect(clear.speedupInterval[0]).to.be.lessThan(clear.speedup).and.greaterThan(1.95);
    const close = judge([noisy(200, 0.02, 1), noisy(100, 0.1, 4), noisy(100, 0.1, 5)]);
    expect(close).to.deep.include({ winner: 1, tied: 2 });
    expect(close.flipRate).to.be.within(0.001, 0.999);
    expect(close.regret).to.be.within(0, 0.02);
    expect(judge([noisy(100, 0.02, 1), noisy(100, 0.02, 1)])).to.deep.include({ winner: 0, tied: 2, speedup: 1 });
  });

  it('names the only one there is', () => expect(chooseWinner([[5, 5]])).to.equal(0));
});
