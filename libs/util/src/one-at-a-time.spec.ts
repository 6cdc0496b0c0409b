/** One at a time: in order, never two together, and no failure ends the line. */
import { expect } from 'chai';
import { oneAtATime } from './one-at-a-time.js';

describe('work that is done one at a time', () => {
  it('begins when what was asked for before has ended, also where that failed, and answers each for itself', async () => {
    const inTurn = oneAtATime(), told: string[] = [];
    const work = (name: string, fails = false) => async (): Promise<string> => {
      told.push(`${name} begins`);
      await new Promise((resolve) => { setImmediate(resolve); });
      told.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
    const ended = await Promise.allSettled([inTurn(work('first')), inTurn(work('second', true)), inTurn(work('third'))]);
    expect(ended.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).to.deep.equal(['first', 'Error: second', 'third']);
    expect(told).to.deep.equal(['first begins', 'first ends', 'second begins', 'second ends', 'third begins', 'third ends']);
  });
});
