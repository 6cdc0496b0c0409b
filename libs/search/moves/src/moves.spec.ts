/** Moves over choices: every move stays in the space, and chance ends only when the space does. */
import { pointKey, type Choice, type Point } from '@loopsmith/contracts';
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { crossover, neighbours, pointCount, sample, spokenPoints } from './index.js';
import { unseenPoints } from './unseen.js';

const choices: readonly Choice[] = [
  { name: 'rows', kind: 'ordinal', values: [1, 2, 4] },
  { name: 'algorithm', kind: 'categorical', values: ['direct', 'winograd 2', 'winograd 4'] },
];
const legal = (points: readonly Point[]): Float64Array => Float64Array.from(points, ({ rows, algorithm }) => (rows === 4 && algorithm !== 'direct' ? Infinity : 1));

describe('search moves', () => {
  it('names a point by its choices, whatever the order of its properties', () => {
    expect(pointKey(choices, { algorithm: 'direct', rows: 2 })).to.equal('2|direct');
    expect(pointCount(choices)).to.equal(9);
  });

  it('moves ordinal choices by one place and categorical ones anywhere', () => {
    expect(neighbours(choices, { rows: 1, algorithm: 'direct' })).to.deep.equal([
      { rows: 2, algorithm: 'direct' }, { rows: 1, algorithm: 'winograd 2' }, { rows: 1, algorithm: 'winograd 4' },
    ]);
    expect(neighbours(choices, { rows: 2, algorithm: 'winograd 2' }).map((p) => pointKey(choices, p))).to.deep.equal(['1|winograd 2', '4|winograd 2', '2|direct', '2|winograd 4']);
  });

  it('samples and crosses inside the space, the same for the same seed', () => {
    const keys = (seed: number): string[] => {
      const random = seededRandom(seed);
      return Array.from({ length: 20 }, () => pointKey(choices, crossover(choices, sample(choices, random), { rows: 1, algorithm: 'direct' }, random)));
    };
    expect(keys(1)).to.deep.equal(keys(1));
    expect(keys(1)).to.not.deep.equal(keys(2));
    for (const key of keys(3)) expect(key).to.match(/^[124]\|(direct|winograd [24])$/);
  });

  it('finds every legal point once, and then no more', () => {
    const seen = new Set<string>(['1|direct']), random = seededRandom(7), draw = unseenPoints(choices, seen);
    const found = [draw(4, random, legal), draw(4, random, legal), draw(1, random, legal)];
    expect(found.map((points) => points.length)).to.deep.equal([4, 2, 0]);
    expect(new Set(found.flat().map((p) => pointKey(choices, p)))).to.deep.equal(new Set(['1|winograd 2', '1|winograd 4', '2|direct', '2|winograd 2', '2|winograd 4', '4|direct']));
  });

  it('hides what was spoken for, also from a predictor that was made before', () => {
    const spoken = spokenPoints(choices), predict = spoken.hiddenFrom(legal), asked: readonly Point[] = [{ rows: 1, algorithm: 'direct' }, { rows: 2, algorithm: 'direct' }];
    expect([...predict(asked)]).to.deep.equal([1, 1]);
    spoken.add({ algorithm: 'direct', rows: 2 });
    expect([...predict(asked)]).to.deep.equal([1, Infinity]);
  });
});
