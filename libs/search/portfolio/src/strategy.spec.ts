/** The portfolio keeps what every learning strategy keeps, never lets two members propose one point, and follows the member that improves. */
import { everyPoint, type Point, type SearchStrategy } from '@loopsmith/contracts';
import { learningStrategyChecks, madeUpPredictor, madeUpResults, madeUpSpace, strategyChecks } from '@loopsmith/kits';
import { neighbours, searchMemory } from '@loopsmith/search-moves';
import { seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { portfolio } from './strategy.js';

const shares: string[] = [];
/** Members as plain as can be: one goes through the space in order, one looks around the best. */
const ordered: SearchStrategy = { id: 'ordered', start: ({ space: { choices } }) => {
  const memory = searchMemory(choices);
  return { propose: (count, predict) => { shares.push('ordered'); return memory.take(everyPoint(choices), count, predict); }, observe: memory.observe };
} };
const local: SearchStrategy = { id: 'local', start: ({ space, random }) => {
  const { choices } = space, memory = searchMemory(choices);
  return {
    propose: (count, predict) => {
      shares.push('local');
      const near = memory.takeBest([...memory.best.slice(0, 4).map(({ point }) => point), space.untuned()].flatMap((point: Point) => neighbours(choices, point)), count, predict);
      return [...near, ...memory.takeRandom(count - near.length, random, predict)];
    },
    observe: memory.observe,
  };
} };
const both = portfolio.combine([ordered, local]);

describe('search strategy portfolio', () => {
  for (const { name, run } of [...strategyChecks(both), ...learningStrategyChecks(both)]) it(name, run);

  it('takes what is within a hundredth of the best for noise, and no improvement', () => {
    /** How often each member is asked where what `local` proposes is better by a factor each time. */
    const asked = (factor: number): number => {
      const session = both.start({ space: madeUpSpace, random: seededRandom(1) });
      let best = 1;
      shares.length = 0;
      for (let batch = 0; batch < 12; batch++) {
        const before = shares.length, points = session.propose(4, madeUpPredictor), isLocal = shares.slice(before).includes('local');
        session.observe(points.map((point) => ({ point, milliseconds: isLocal ? (best *= factor) : 2, failure: null })));
      }
      return shares.filter((one) => one === 'local').length / shares.length;
    };
    expect(asked(0.9)).to.be.greaterThan(0.7);
    expect(asked(0.995)).to.be.within(0.4, 0.6);
  });

  it('asks the member that finds improvements more often', () => {
    const session = both.start({ space: madeUpSpace, random: seededRandom(1) });
    shares.length = 0;
    for (let batch = 0; batch < 8; batch++) session.observe(madeUpResults(session.propose(8, madeUpPredictor)));
    const local = shares.filter((one) => one === 'local').length;
    expect(local).to.be.greaterThan(shares.length / 2);
    expect(local).to.be.lessThan(shares.length);
  });
});
