/** Shared runs: one at a time, each for all who asked before it began, and none lost to a failure. */
import { expect } from 'chai';
import { sharedRuns } from './shared-runs.js';

describe('shared runs', () => {
  it('begin one after the other, each for all who asked before it began', async () => {
    const began: number[] = [], ends: (() => void)[] = [], answered: string[] = [];
    let asked = 0;
    const ask = sharedRuns(() => new Promise((resolve) => { began.push(asked); ends.push(resolve); }));
    const asking = (name: string): Promise<void> => {
      asked++;
      return ask().then(() => { answered.push(name); });
    };
    const turns = async (): Promise<void> => { await new Promise((resolve) => { setImmediate(resolve); }); };
    const first = asking('first');
    await turns();
    const later = [asking('second'), asking('third')];
    await turns();
    expect(began).to.deep.equal([1]);
    ends[0]!();
    await first;
    await turns();
    expect(began).to.deep.equal([1, 3]);
    expect(answered).to.deep.equal(['first']);
    ends[1]!();
    await Promise.all(later);
    expect(answered).to.deep.equal(['first', 'second', 'third']);
  });

  it('tell a failure to those who shared the run, and run again for the next', async () => {
    let runs = 0;
    const ask = sharedRuns(async () => { if (runs++ === 0) throw new Error('the disk is full'); });
    const [one, other] = await Promise.allSettled([ask(), ask()]);
    expect([one.status, other.status]).to.deep.equal(['rejected', 'rejected']);
    await ask();
    expect(runs).to.equal(2);
  });
});
