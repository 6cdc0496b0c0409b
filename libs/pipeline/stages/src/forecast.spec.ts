/** Forecasts: what a search with known gains is expected to save, when forecasts are made, and what is said of them afterwards. */
import { expect } from 'chai';
import { budgetPlan, budgetText } from './budget.js';
import { expectedSaving, forecaster, networkNs, STRETCH } from './forecast.js';
import type { TaskProgress } from './task-progress.js';

/** A task whose best falls by `step` of itself whenever its time doubles: what the forecast takes for granted. */
const logarithmic = (seconds: number, step: number, change: Partial<TaskProgress> = {}): TaskProgress => {
  const spentAt = Array.from({ length: seconds }, (_, i) => 1000 * (i + 1)), bestNs = spentAt.map((at) => 1000 * (1 - step) ** Math.log2(at / 1000));
  return { calls: 1, untunedNs: 1000, bestNs, spentAt, ordered: 16 * seconds, batchesOrdered: seconds, inFlight: 0, spentMilliseconds: 1000 * seconds, closed: false, ...change };
};
const fresh: TaskProgress = { calls: 1, untunedNs: null, bestNs: [], spentAt: [], ordered: 0, batchesOrdered: 0, inFlight: 0, spentMilliseconds: 0, closed: false };

describe('forecast', () => {
  it('expects of the next stretch what the last one of the same factor of time saved', () => {
    const now = logarithmic(120, 0.1), later = logarithmic(180, 0.1);
    expect(expectedSaving([now])).to.be.closeTo((now.bestNs.at(-1)! - later.bestNs.at(-1)!) / now.bestNs.at(-1)!, 0.005);
    expect(expectedSaving([logarithmic(600, 0.1)])).to.be.lessThan(expectedSaving([now]) / 3);
  });

  it('expects nothing of closed tasks, and counts their time', () => {
    const open = logarithmic(120, 0.1), closed = { ...open, closed: true };
    expect(expectedSaving([closed])).to.equal(0);
    // the whole minute goes to the one that is open, whose part of the sum is a half
    expect(expectedSaving([open, closed])).to.be.closeTo(expectedSaving([open]) / 2, 1e-12);
    expect(networkNs([open, { ...fresh, closed: true }])).to.equal(open.bestNs.at(-1));
  });

  it('expects of a task that was not searched what the others saved', () => {
    const untouched: TaskProgress = { ...fresh, untunedNs: 1000, bestNs: [1000], spentAt: [100], batchesOrdered: 1 };
    expect(expectedSaving([untouched])).to.equal(0.1);
    const fallen = logarithmic(120, 0.1, { bestNs: [1000, 500], spentAt: [1000, 2000] });
    expect(expectedSaving([untouched, fallen])).to.be.closeTo((1000 * 0.5) / 1500, 1e-12);
  });

  it('is made after half a minute and whenever the time has doubled, and is checked a minute later', () => {
    const due = forecaster(), at = (seconds: number) => due.look(1000 * seconds, [logarithmic(seconds, 0.1)]);
    expect(due.look(31_000, [fresh])).to.equal(null);
    const told = [10, 29, 31, 45, 61, 100, 121, 190, 239].map((seconds) => at(seconds)?.seconds ?? null);
    expect(told).to.deep.equal([null, null, 31, null, 61, null, 121, null, null]);
    expect(due.made.map(({ found }) => found !== null)).to.deep.equal([true, true, true]);
    for (const { expected, found } of due.made) expect(found).to.be.closeTo(expected, 0.07);
    expect(forecaster().look(STRETCH, [logarithmic(60, 0.1)])!.found).to.equal(null);
  });

  it('ends a search whose next minute is not worth it, once every task was searched', () => {
    const budget = { kind: 'time', milliseconds: 3_600_000, stopBelow: 0.01 } as const;
    expect(budgetText(budget)).to.equal('60 min, or until a minute saves less than 1 %');
    const plan = budgetPlan(budget, 16), flat = logarithmic(300, 0.0001), steep = logarithmic(100, 0.2, { calls: 10 });
    expect(plan.next([flat, steep], 400_000)).to.deep.equal({ task: 1, count: 16 });
    expect(plan.stopped).to.equal(null);
    expect(plan.next([flat, { ...fresh, untunedNs: 1000, bestNs: [1000], spentAt: [10], batchesOrdered: 1 }], 400_000)).to.deep.equal({ task: 1, count: 4 });
    expect(plan.next([flat, flat], 600_000)).to.equal('done');
    expect(plan.stopped).to.be.within(0, 0.01);
    // the end of the time is no such end
    expect([plan.next([steep, steep], 3_500_000), plan.stopped]).to.deep.equal(['done', null]);
  });
});
