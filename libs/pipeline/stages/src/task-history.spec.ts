/** What one task's records teach another: times that were measured, wrong answers, and nothing that befell the place. */
import type { TuningRecord } from '@loopsmith/contracts';
import { fail } from '@loopsmith/util';
import { expect } from 'chai';
import { historyOf } from './task-history.js';
import { fakeEnvironment, fakeTask } from './testing/index.js';

const { task } = fakeTask(100), { task: other } = fakeTask(200);
const record = (by: number, change: Partial<TuningRecord>): TuningRecord => ({
  v: 1, id: String(by), task: other.key, label: other.label, workload: '', schedule: `by ${by}`, point: { by }, space: 'fake 1', purpose: 'search', repeat: 0,
  outcome: { ok: true, kind: 'measured', samplesNs: [by * 1e6], error: 0 }, artifact: null, report: null, environment: { ...fakeEnvironment, isa: task.target.isa }, protocol: '1', strategy: 's', model: 'm', seed: 1, time: '', ...change,
});
const timed = (kind: 'emulated' | 'modelled'): TuningRecord['outcome'] => ({ ok: true, kind, samplesNs: [1], error: 0 });

describe('what other tasks taught', () => {
  it('is what was measured of them on this target', () => {
    const records = [
      record(2, {}), record(3, { outcome: timed('emulated') }), record(4, { outcome: timed('modelled') }), record(5, { outcome: fail({ code: 'wrong-answer', stage: 'measure', message: '' }) }),
      record(6, { outcome: fail({ code: 'harness-failed', stage: 'measure', message: '' }) }), record(7, { purpose: 'final' }), record(8, { task: task.key }), record(9, { environment: { ...fakeEnvironment, isa: 'another' } }),
    ];
    expect(historyOf(task, [record(2, { point: {} })])[0]!.observations, 'of a space that had no choice yet').to.deep.equal([{ point: {}, milliseconds: 2, failure: null }]);
    expect(historyOf(task, records)).to.deep.equal([{ label: other.label, space: 'fake 1', observations: [{ point: { by: 2 }, milliseconds: 2, failure: null }, { point: { by: 5 }, milliseconds: null, failure: 'wrong-answer' }] }]);
  });
});
