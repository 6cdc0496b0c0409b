/** Warm start keeps what every strategy keeps, and begins with what other tasks found best, as far as this space has it. */
import type { SearchStrategy, TaskHistory } from '@loopsmith/contracts';
import { madeUpPredictor, madeUpSpace, strategyChecks } from '@loopsmith/kits';
import { searchMemory } from '@loopsmith/search-moves';
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { warmStart } from './strategy.js';

const then: SearchStrategy = { id: 'then', start: ({ space: { choices }, random }) => {
  const memory = searchMemory(choices);
  return { propose: (count, predict) => memory.takeRandom(count, random, predict), observe: memory.observe };
} };
const strategy = warmStart.combine([then]);

const history: readonly TaskHistory[] = [
  { label: 'one', space: 'made up 1', observations: [{ point: { a: 8, b: 3, c: 'y' }, milliseconds: 3, failure: null }, { point: { a: 9, b: 4, c: 'y' }, milliseconds: 1, failure: null }, { point: { a: 1, b: 2, c: 'y' }, milliseconds: null, failure: 'crashed' }] },
  { label: 'two', space: 'wider 1', observations: [{ point: { a: 40, b: 4.4, d: 7 }, milliseconds: 2, failure: null }] },
];

describe('search strategy warm-start', () => {
  for (const { name, run } of strategyChecks(strategy)) it(name, run);
  const withHistory: SearchStrategy = { id: 'with', start: (context) => strategy.start({ ...context, history }) };
  for (const { name, run } of strategyChecks(withHistory).slice(0, 4)) it(`with a history, ${name}`, run);

  it('begins with the best of each task, carried to the nearest values, legal ones only', () => {
    const session = strategy.start({ space: madeUpSpace, random: seededRandom(1), history });
    // the best of the first task; the nearest to the second's; then the first task's second
    expect(session.propose(6, madeUpPredictor).slice(0, 3)).to.deep.equal([{ a: 9, b: 4, c: 'y' }, { a: 12, b: 4, c: 'y' }, { a: 8, b: 3, c: 'y' }]);
  });

  it('gives a choice of which a record says nothing, being older, the value that is predicted best beside the rest, and takes each point over once', () => {
    const older: readonly TaskHistory[] = [{ label: 'older', space: 'made up 1', observations: [{ point: { a: 9, b: 4 }, milliseconds: 1, failure: null }, { point: { a: 7, c: 'gone' }, milliseconds: 2, failure: null }] }];
    const session = strategy.start({ space: madeUpSpace, random: seededRandom(1), history: older });
    const prefersZ: typeof madeUpPredictor = (points) => madeUpPredictor(points).map((time, i) => (points[i]!['c'] === 'z' ? time / 100 : time));
    expect(session.propose(2, prefersZ)[0]).to.deep.equal({ a: 9, b: 4, c: 'z' });
    // another prediction later does not bring the same record back
    expect(session.propose(2, madeUpPredictor)[0]).to.deep.equal({ a: 7, b: 4, c: 'y' });
  });
});
