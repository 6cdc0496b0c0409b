/** The strategy by a for loop over a made-up space: legal, never twice, replayable, and it ends. */
import type { Choice, Observation, Point, Predictor, SearchSession, Space } from '@loopsmith/contracts';
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { randomSearch } from './index.js';

const strategy = randomSearch;
const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const choices: readonly Choice[] = [
  { name: 'a', kind: 'ordinal', values }, { name: 'b', kind: 'ordinal', values }, { name: 'c', kind: 'categorical', values: ['x', 'y', 'z'] },
];
const truth = (p: Point): number => 1 + (Number(p['a']) - 9) ** 2 + (Number(p['b']) - 4) ** 2 + (p['c'] === 'y' ? 0 : 20);
const isLegal = (p: Point): boolean => (Number(p['a']) + Number(p['b'])) % 5 !== 0;
const legalPoints = values.flatMap((a) => values.flatMap((b) => ['x', 'y', 'z'].map((c) => ({ a, b, c })))).filter(isLegal).length;
const predict: Predictor = (points) => Float64Array.from(points, (p) => (isLegal(p) ? truth(p) * (1 + Number(p['a']) / 10) : Infinity));

const start = (seed: number): SearchSession =>
  strategy.start({ space: { choices } as unknown as Space, random: seededRandom(seed) });
const measure = (points: readonly Point[]): readonly Observation[] =>
  points.map((point) => (point['a'] === 3 ? { point, milliseconds: null, failure: 'wrong-answer' } : { point, milliseconds: truth(point), failure: null }));
const run = (seed: number, batches: number, scale = 1): readonly Point[] => {
  const session = start(seed);
  return Array.from({ length: batches }, () => {
    const points = session.propose(16, predict);
    session.observe(measure(points).map((o) => ({ ...o, milliseconds: o.milliseconds === null ? null : o.milliseconds ** scale })));
    return points;
  }).flat();
};
const key = (p: Point): string => JSON.stringify(p);

describe('search strategy random', () => {
  it('proposes legal points only, none twice, until the space is exhausted', () => {
    const points = run(1, Math.ceil(legalPoints / 16) + 2);
    expect(points.every(isLegal)).to.equal(true);
    expect(new Set(points.map(key)).size).to.equal(points.length);
    expect(points.length).to.equal(legalPoints);
  });

  it('proposes the same for the same seed and results, something else for another seed', () => {
    expect(run(5, 6)).to.deep.equal(run(5, 6));
    expect(run(5, 2)).to.not.deep.equal(run(6, 2));
  });

  it('does not propose what it was told of', () => {
    const told = run(5, 1)[0]!;
    const session = start(5);
    session.observe(measure([told]));
    expect(session.propose(16, predict).map(key)).to.not.include(key(told));
  });
});
