/** Calm rounds of a benchmark: which count, how many are taken. Times nothing. */
import { expect } from 'chai';
import { calmOnes, mostLoads, untilCalm, type Loaded } from '../benchmarks/calm.js';

const loads = (...perSecond: readonly number[]): readonly Loaded[] => perSecond.map((loadsPerSecond) => ({ loadsPerSecond }));

describe('calm rounds', () => {
  it('are those whose loop of loads takes no more than 1.1 times the best', () => {
    expect(mostLoads(loads(70, 110, 90))).to.equal(110);
    expect(calmOnes(loads(110, 100, 99, 60), 110)).to.deep.equal(loads(110, 100));
  });

  /** Rounds as they come; what is known beforehand is `best`. */
  const taken = async (wanted: number, most: number, best: number, ...perSecond: readonly number[]): Promise<number> => {
    const known = [...loads(best)], coming = [...loads(...perSecond)];
    return (await untilCalm(wanted, most, () => mostLoads(known), () => { const next = coming.shift()!; known.push(next); return Promise.resolve(next); })).length;
  };
  it('are waited for, but not for ever', async () => {
    expect(await taken(2, 5, 100, 100, 100, 100)).to.equal(2);
    expect(await taken(2, 5, 100, 50, 100, 50, 95)).to.equal(4);
    expect(await taken(2, 5, 100, 50, 50, 50, 50, 50, 100, 100)).to.equal(5);
  });
  it('are no longer calm when a calmer one shows what the machine can do', async () =>
    expect(await taken(2, 9, 0, 50, 100, 100)).to.equal(3));
});
