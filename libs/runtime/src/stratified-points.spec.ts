/** Which places of a tensor are looked at. */
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { stratifiedPoints } from './stratified-points.js';

describe('stratifiedPoints', () => {
  it('takes all corners, edges, tails and some of the rest, none twice', () => {
    const points = stratifiedPoints([64, 56, 57], 4000, seededRandom(1));
    expect(points.length).to.equal(4000);
    expect(new Set(points.map((point) => point.join())).size).to.equal(4000);
    for (const corner of ['0,0,0', '63,55,56', '63,0,56']) expect(points.map((point) => point.join())).to.include(corner);
    expect(points.filter(([c]) => c! >= 48).length).to.be.greaterThan(1200);
    expect(points.filter(([, y, x]) => y === 0 || y === 55 || x === 0 || x === 56).length).to.be.greaterThan(900);
    expect(points.filter(([, y, x]) => y! > 8 && y! < 40 && x! > 8 && x! < 40).length).to.be.greaterThan(500);
  });
  it('takes every point of a small tensor', () => {
    expect(stratifiedPoints([2, 2], 10, seededRandom(1))).to.deep.equal([[0, 0], [0, 1], [1, 0], [1, 1]]);
    expect(stratifiedPoints([], 10, seededRandom(1))).to.deep.equal([[]]);
  });
});
