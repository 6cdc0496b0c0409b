/** Pairs and milliseconds: which way scores are pulled, what an order costs, and that times fall along the score. */
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { millisecondsAt } from './calibration.js';
import { calibrate, draftScore, pairDerivatives, pairLoss, rankedExamples } from './index.js';

const times = Float64Array.of(1, 2, 4, Infinity);

describe('ranking of examples', () => {
  it('pulls the faster up and the slower down, less the better they are apart', () => {
    const random = seededRandom(1), apart = (scores: readonly number[]) => pairDerivatives(times, 1, scores, (bound) => random.below(bound), 64);
    const level = apart([0, 0, 0, 0]), right = apart([30, 20, 10, 0]);
    expect([...level.gradient].map(Math.sign)).to.deep.equal([1, 1, -1, -1]);
    expect(level.gradient.reduce((a, b) => a + b, 0)).to.be.closeTo(0, 1e-9);
    for (const [i, pull] of right.gradient.entries()) expect(Math.abs(pull)).to.be.lessThan(Math.abs(level.gradient[i]!) / 3);
  });

  it('has the derivatives of its loss', () => {
    // both opponents are the other one: the loss is a function of the difference alone, and its slope is the gradient
    const two = Float64Array.of(1, 2), other = (): (() => number) => { let at = 0; return () => [1, 0][at++ % 2]!; };
    const gradient = (d: number): number => pairDerivatives(two, 1, [d, 0], other(), 1).gradient[0]!;
    const curvature = (d: number): number => pairDerivatives(two, 1, [d, 0], other(), 1).curvature[0]!;
    expect(gradient(0)).to.be.closeTo(2 * 0.625 * 0.5, 1e-12);
    for (const d of [-3, -0.5, 0.5, 3]) expect(gradient(d)).to.be.closeTo(2 * 0.625 * 0.5 * (1 - d / (1 + Math.abs(d))), 1e-12);
    expect(curvature(3)).to.be.lessThan(curvature(0));
  });

  it('costs nothing for the right order and most for the reverse', () => {
    const scores = [3, 2, 1, 0].map((one) => 1000 * one);
    expect(pairLoss(times, 1, scores)).to.be.lessThan(0.05);
    expect(pairLoss(times, 1, scores.toReversed())).to.be.greaterThan(pairLoss(times, 1, [0, 0, 0, 0]));
  });

  it('leaves out what the draft refused, and ranks failures last', () => {
    const draft = (milliseconds: number, refused: string | null) => ({ milliseconds, refused, features: Float64Array.of(milliseconds) });
    const { drafts, times: found, least, scale } = rankedExamples([{ draft: draft(3, null), milliseconds: null }, { draft: draft(Infinity, 'no'), milliseconds: null }, { draft: draft(5, null), milliseconds: 2 }]);
    expect([drafts.length, [...found], least, scale]).to.deep.equal([2, [Infinity, 2], 2, 5]);
    expect(draftScore(1, 5)).to.be.greaterThan(draftScore(2, 5));
  });

  it('gives milliseconds that fall along the score and stay positive', () => {
    const measured = Float64Array.from({ length: 40 }, (_, i) => 100 / (i + 1)), line = calibrate([...measured.keys()], measured);
    const along = Array.from({ length: 60 }, (_, i) => millisecondsAt(line, 1, i - 10));
    along.forEach((value, i) => { expect(value).to.be.greaterThan(0); if (i > 0) expect(value).to.be.lessThan(along[i - 1]!); });
    expect(millisecondsAt(line, 1, 0)).to.be.within(30, 110);
    expect(millisecondsAt(calibrate([], new Float64Array()), 8, 0)).to.equal(8);
  });

  it('gives milliseconds that fall along the score also where what was measured rises', () => {
    const measured = Float64Array.from({ length: 40 }, (_, i) => i + 1), { milliseconds } = calibrate([...measured.keys()], measured);
    expect(milliseconds.length).to.equal(8);
    milliseconds.slice(1).forEach((value, i) => { expect(value).to.be.lessThan(milliseconds[i]!); });
  });
});
