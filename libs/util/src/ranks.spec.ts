/** Rank correlation: the same order, the reverse, ties, and nothing to rank. */
import { expect } from 'chai';
import { rankCorrelation } from './ranks.js';

describe('rankCorrelation', () => {
  it('is 1 for the same order, -1 for the reverse, whatever the values', () => {
    expect(rankCorrelation([1, 2, 3, 10], [5, 6, 700, 701])).to.equal(1);
    expect(rankCorrelation([1, 2, 3, 10], [4, 3, 2, 1])).to.equal(-1);
  });

  it('lets ties share their mean rank', () => {
    // ranks 0.5 0.5 2 3 against 0 1 2 3: 4.5 / sqrt(4.5 * 5)
    expect(rankCorrelation([1, 1, 2, 3], [1, 2, 3, 4])).to.be.closeTo(4.5 / Math.sqrt(22.5), 1e-12);
  });

  it('is 0 where one side has no order', () => {
    expect(rankCorrelation([2, 2, 2], [1, 2, 3])).to.equal(0);
    expect(rankCorrelation([], [])).to.equal(0);
  });
});
