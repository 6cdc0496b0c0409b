/** The sharing of a budget: untuned first, then by share, then where the gain is. */
import { expect } from 'chai';
import { batchCount, budgetPlan } from './budget.js';
import type { TaskProgress } from './task-progress.js';

const task = (change: Partial<TaskProgress> = {}): TaskProgress =>
  ({ calls: 1, untunedNs: 1000, bestNs: [1000], spentAt: [], ordered: 1, batchesOrdered: 1, inFlight: 0, spentMilliseconds: 0, closed: false, ...change });
const fresh = task({ untunedNs: null, bestNs: [], ordered: 0, batchesOrdered: 0 });

describe('budget', () => {
  it('orders every untuned schedule first, even when the budget is smaller, and then waits for their times', () => {
    const plan = budgetPlan({ kind: 'trials', trials: 1 }, 8);
    expect(plan.next([fresh, fresh], 0)).to.deep.equal({ task: 0, count: 1 });
    expect(plan.next([task({ bestNs: [], untunedNs: null }), fresh], 0)).to.deep.equal({ task: 1, count: 1 });
    expect(plan.next([task(), task({ bestNs: [], untunedNs: null })], 0)).to.equal('wait');
    expect(plan.next([task(), task()], 0)).to.equal('done');
  });

  it('shares by calls and untuned time, then gives to the task with most time and recent improvement', () => {
    const plan = budgetPlan({ kind: 'trials', trials: 102 }, 100);
    const big = task({ calls: 3, batchesOrdered: 12 }), little = task({ batchesOrdered: 12 });
    expect(plan.next([big, little], 0)).to.deep.equal({ task: 0, count: 52 });
    expect(plan.next([task({ calls: 3, ordered: 53, batchesOrdered: 13 }), little], 0)).to.deep.equal({ task: 1, count: 17 });
    const stuck = task({ calls: 3, ordered: 53, batchesOrdered: 13, bestNs: [500, 500, 500] }), falling = task({ ordered: 18, batchesOrdered: 13, bestNs: [1000, 900, 800] });
    expect(plan.next([stuck, falling], 0)).to.deep.equal({ task: 1, count: 31 });
    expect(plan.planned(0, [big, little])).to.equal(53);
  });

  it('begins with small batches, so that results can teach, and never orders more than is left', () => {
    expect([1, 2, 3, 4, 5, 6, 7, 40].map((batch) => batchCount(batch, 16))).to.deep.equal([4, 4, 8, 8, 16, 16, 16, 16]);
    expect(batchCount(1, 2)).to.equal(2);
    const plan = budgetPlan({ kind: 'trials', trials: 100 }, 16), at = (batchesOrdered: number, ordered: number) => plan.next([task({ batchesOrdered, ordered })], 0);
    expect([at(1, 1), at(3, 9), at(7, 60), at(7, 97)]).to.deep.equal([4, 8, 10, 3].map((count) => ({ task: 0, count })));
  });

  it('passes over closed tasks, and ends when all are', () => {
    const plan = budgetPlan({ kind: 'trials', trials: 100 }, 8);
    expect(plan.next([task({ closed: true, bestNs: [] }), task()], 0)).to.deep.equal({ task: 1, count: 4 });
    expect(plan.next([task({ closed: true }), task({ closed: true })], 0)).to.equal('done');
  });

  it('turns to another task while two batches of one have taught nothing yet, and waits where all are so', () => {
    const plan = budgetPlan({ kind: 'trials', trials: 200 }, 16), busy = task({ calls: 3, batchesOrdered: 3, ordered: 9, inFlight: 2 });
    expect(plan.next([busy, task()], 0)).to.deep.equal({ task: 1, count: 4 });
    expect(plan.next([busy, task({ inFlight: 2 })], 0)).to.equal('wait');
    expect(plan.next([{ ...busy, inFlight: 1 }, task()], 0)).to.deep.equal({ task: 0, count: 8 });
    // what has its share takes turns by gain, and so do these
    const full = { calls: 1, ordered: 99, batchesOrdered: 9 };
    expect(plan.next([task({ ...full, inFlight: 2 }), task({ ...full, calls: 0 })], 0)).to.deep.equal({ task: 1, count: 2 });
  });

  it('shares time by what was spent, and keeps some for the finals', () => {
    const plan = budgetPlan({ kind: 'time', milliseconds: 10_000 }, 16);
    const tasks = (first: number): readonly TaskProgress[] => [task({ calls: 3, spentMilliseconds: first, batchesOrdered: 9 }), task({ batchesOrdered: 9 })];
    expect(plan.next(tasks(0), 0)).to.deep.equal({ task: 0, count: 16 });
    expect(plan.next(tasks(4800), 4800)).to.deep.equal({ task: 0, count: 16 });
    expect(plan.next(tasks(4900), 4900)).to.deep.equal({ task: 1, count: 16 });
    expect(plan.next(tasks(4900), 9201)).to.equal('done');
    expect(plan.planned(0, [task({ calls: 3, ordered: 40, spentMilliseconds: 2415 }), task()])).to.equal(80);
    // of forty tasks those that were searched have finals: a quarter of a second each, three tenths at most
    const many = (searched: number): readonly TaskProgress[] => Array.from({ length: 40 }, (_, i) => task({ batchesOrdered: 9, ordered: i < searched ? 5 : 1 }));
    for (const [searched, end] of [[0, 9200], [3, 9200], [8, 8000], [40, 7000]] as const) {
      expect(plan.next(many(searched), end - 1)).to.not.equal('done');
      expect(plan.next(many(searched), end)).to.equal('done');
    }
  });
});
