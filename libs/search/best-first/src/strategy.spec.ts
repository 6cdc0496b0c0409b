/** Best first: what every learning strategy keeps, that no family of schedules is starved, and that spaces too large to go through are sampled. */
import type { Choice, Observation, Point, Predictor, Space } from '@loopsmith/contracts';
import { learningStrategyChecks, madeUpLegalPoints, madeUpPredictor, madeUpResults, madeUpSpace, strategyChecks } from '@loopsmith/kits';
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { bestFirst } from './strategy.js';

describe('best-first', () => {
  for (const { name, run } of [...strategyChecks(bestFirst), ...learningStrategyChecks(bestFirst)]) it(name, run);

  describe('where a draft puts one algorithm first', () => {
    const choices: readonly Choice[] = [
      { name: 'algorithm', kind: 'categorical', values: ['direct', ...[49, 28, 16, 9].map((tiles) => `winograd 4 by ${tiles} in 1`)] }, { name: 'pixels', kind: 'ordinal', values: Array.from({ length: 40 }, (_, i) => i + 1) },
    ];
    const winogradFirst: Predictor = (points) => Float64Array.from(points, (point) => (point['algorithm'] === 'direct' ? 100 : 1) + Number(point['pixels']));
    const proposed = (): readonly Point[] => {
      const session = bestFirst.start({ space: { ...madeUpSpace, choices }, random: seededRandom(1) }), all: (readonly Point[])[] = [];
      for (let batch = 0; batch < 10; batch++) {
        if (batch >= 2) session.observe(all[batch - 2]!.map((point): Observation => ({ point, milliseconds: 1, failure: null })));
        all.push(session.propose(4, winogradFirst));
      }
      return all.flat();
    };
    const direct = (points: readonly Point[]): number => points.filter((point) => point['algorithm'] === 'direct').length;

    it('leaves the first sixteen to the draft, then tries the other three times, whatever it predicts', () => {
      const points = proposed();
      expect(direct(points.slice(0, 16))).to.be.at.most(1);
      expect(direct(points.slice(0, 32))).to.be.at.least(3);
      expect(direct(points)).to.be.at.most(12);
    });
  });

  it('proposes the same where a space names its open points, and then asks for no others but neighbours and those drawn by chance', () => {
    const proposals = (open: Pick<Space, 'open'>): { readonly points: readonly (readonly Point[])[]; readonly askedFirst: number } => {
      const session = bestFirst.start({ space: { ...madeUpSpace, ...open }, random: seededRandom(4) }), points: (readonly Point[])[] = [];
      let askedFirst = 0;
      const predict: Predictor = (asked) => { if (askedFirst === 0) askedFirst = asked.length; return madeUpPredictor(asked); };
      for (let batch = 0; batch < 8; batch++) {
        if (batch >= 2) session.observe(madeUpResults(points[batch - 2]!));
        points.push(session.propose(8, predict));
      }
      return { points, askedFirst };
    };
    const all = proposals({}), open = proposals({ open: () => madeUpLegalPoints });
    expect(open.points).to.deep.equal(all.points);
    expect([all.askedFirst, open.askedFirst]).to.deep.equal([432, madeUpLegalPoints.length]);
  });

  it('samples a space of millions, and climbs', () => {
    const choices: readonly Choice[] = ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'ordinal', values: Array.from({ length: 100 }, (_, i) => i) }));
    const bowl: Predictor = (points) => Float64Array.from(points, (point) => 1 + choices.reduce((sum, { name }) => sum + (Number(point[name]) - 37) ** 2, 0));
    const session = bestFirst.start({ space: { ...madeUpSpace, choices }, random: seededRandom(1) });
    const best = Math.min(...bowl(session.propose(16, bowl)));
    // of 2,000 random points the best is some 120 away from the bottom, squared
    expect(best).to.be.lessThan(120);
  });
});
