/** Records of several runs in one store: their finals stay apart, whatever is taken in again. */
import type { TuningRecord } from '@loopsmith/contracts';
import { expect } from 'chai';
import { memoryRecords } from './testing/index.js';
import { takingIn } from './index.js';

const record: TuningRecord = {
  v: 1, id: 'a', task: 't', label: 'l', workload: 'w', schedule: 's', point: { by: 1 }, space: 'fake 1', purpose: 'search', repeat: 0, outcome: { ok: true, kind: 'measured', samplesNs: [1], error: 0 },
  artifact: 'a', report: null, environment: { cpu: 'c', isa: 'i', compiler: 'gcc', os: 'o', threads: 1, loopsmith: '0' }, protocol: '1', strategy: 'random', model: 'gbt', seed: 1, time: '2026-01-01T00:00:00.000Z',
};
const final = (schedule: string, repeat: number, sample: number): TuningRecord =>
  ({ ...record, id: `${schedule} ${repeat} ${sample}`, schedule, purpose: 'final', repeat, outcome: { ok: true, kind: 'measured', samplesNs: [sample], error: 0 } });
/** Two runs that compared the same schedules, each its first finals, and found other times. */
const one = ['untuned', 'best'].map((schedule) => final(schedule, 0, 100)), other = ['untuned', 'best'].map((schedule) => final(schedule, 0, 50));

describe('records that are taken in', () => {
  const cases: readonly (readonly [string, readonly (readonly TuningRecord[])[], readonly string[]])[] = [
    ['keep their numbers in a store without finals', [[final('best', 3, 100), final('best', 4, 90)]], ['best 3 100', 'best 4 90']],
    ['of two runs are numbered on', [one, other], ['untuned 0 100', 'best 0 100', 'untuned 1 50', 'best 1 50']],
    ['are there once when they are taken in again', [one, other, other, one], ['untuned 0 100', 'best 0 100', 'untuned 1 50', 'best 1 50']],
    ['go on with their comparison where they were left', [one, other.slice(0, 1), other], ['untuned 0 100', 'best 0 100', 'untuned 1 50', 'best 1 50']],
    ['of several comparisons of one run keep them apart', [one, [...other, final('best', 1, 40)]], ['untuned 0 100', 'best 0 100', 'untuned 1 50', 'best 1 50', 'best 2 40']],
  ];
  for (const [name, runs, expected] of cases) it(name, async () => {
    const store = memoryRecords();
    for (const run of runs) {
      const takeIn = takingIn(store);
      await Promise.all(run.map(takeIn));
    }
    expect(store.all().map(({ schedule, repeat, outcome }) => `${schedule} ${repeat} ${outcome.ok ? outcome.samplesNs.join() : 'failed'}`)).to.deep.equal(expected);
    expect(new Set(store.all().map(({ id }) => id)).size).to.equal(expected.length);
  });

  it('of a search are the same whoever measured them', async () => {
    const store = memoryRecords(), takeIn = takingIn(store);
    for (const seed of [1, 2]) await takeIn({ ...record, seed });
    expect(store.all().map(({ seed }) => seed)).to.deep.equal([1]);
  });
});
