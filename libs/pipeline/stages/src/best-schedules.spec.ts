/** What records say is best, and in which words they say nothing. */
import { parseSchedule } from '@loopsmith/ir';
import type { TuningRecord } from '@loopsmith/contracts';
import { fail, seededRandom } from '@loopsmith/util';
import { expect } from 'chai';
import { bestSchedules, type BestOptions } from './best-schedules.js';
import { fakeEnvironment, fakeTask } from './testing/index.js';

const { task } = fakeTask(100);
const options: BestOptions = { environment: fakeEnvironment, protocol: null, applies: (_, text) => parseSchedule(text) };
let next = 0;
const record = (by: number, samplesNs: readonly number[], change: Partial<TuningRecord> = {}): TuningRecord => ({
  v: 1, id: String(next++), task: task.key, label: task.label, workload: task.workload, schedule: `split Y.i by ${by} into o n`, point: { by }, space: 'fake 1', purpose: 'search', repeat: 0,
  outcome: { ok: true, kind: 'measured', samplesNs, error: 0 }, artifact: null, report: null, environment: fakeEnvironment, protocol: '1', strategy: 's', model: 'm', seed: 1, time: '', ...change,
});
const best = (records: readonly TuningRecord[], change: Partial<BestOptions> = {}): string => {
  const [answer] = bestSchedules(records, [task], { ...options, ...change });
  return answer!.found ? `${answer!.found.record.schedule} ${answer!.found.record.purpose} ${answer!.found.medianNs}` : answer!.reason;
};
const wrong = (message: string): TuningRecord['outcome'] => fail({ code: 'wrong-answer', stage: 'measure', message });

describe('best schedules', () => {
  it('takes the fastest of the search by its median', () => {
    expect(best([record(2, [9, 9, 1]), record(4, [5, 5, 90])])).to.equal('split Y.i by 4 into o n search 5');
  });

  it('believes the last finals before the search, and the earlier one within noise', () => {
    const search = [record(1, [10], { purpose: 'untuned' }), record(2, [7]), record(4, [3])];
    const final = (by: number, samples: readonly number[], repeat: number): TuningRecord => record(by, samples, { purpose: 'final', repeat });
    expect(best([...search, final(4, [8, 8, 8], 0), final(2, [6, 6, 6], 0), final(1, [9, 9, 9], 0)])).to.equal('split Y.i by 2 into o n final 6');
    expect(best([...search, final(4, [8, 8.1, 7.9], 0), final(2, [8.1, 7.9, 8], 0), final(1, [9, 9, 9], 0)])).to.equal('split Y.i by 2 into o n final 8');
    expect(best([...search, final(4, [8, 8, 8], 0), final(2, [6, 6, 6], 0), final(4, [6, 6, 6], 1), final(2, [8, 8, 8], 1)])).to.equal('split Y.i by 4 into o n final 6');
  });

  it('says what the untuned schedule took beside the one it takes, not in other finals', () => {
    const final = (by: number, samples: readonly number[], repeat: number): TuningRecord => record(by, samples, { purpose: 'final', repeat });
    const times = (...records: readonly TuningRecord[]): readonly (number | null | undefined)[] => {
      const { found } = bestSchedules(records, [task], options)[0]!;
      return [found?.record.point['by'] as number, found?.medianNs, found?.untunedNs];
    };
    const search = [record(1, [10], { purpose: 'untuned' }), record(4, [3])], slow = [final(1, [10, 10, 10], 0), final(4, [8, 8, 8], 0)];
    // a later session, in which the machine was twice as fast, whose finals had not the fastest of the search
    expect(times(...search, ...slow, final(1, [5, 5, 5], 1), final(2, [4, 4, 4], 1))).to.deep.equal([4, 8, 10]);
    // another draft's untuned schedule, which an earlier one's is compared with
    expect(times(...search, ...slow, record(8, [9], { purpose: 'untuned' }), final(8, [9, 9, 9], 1), final(1, [7, 7, 7], 1), final(4, [6, 6, 6], 1))).to.deep.equal([4, 6, 9]);
    expect(times(...search)).to.deep.equal([4, 3, 10]);
    expect(times(...search, final(4, [8, 8, 8], 0), final(2, [9, 9, 9], 0))).to.deep.equal([4, 8, 10]);
    expect(times(record(4, [3]))).to.deep.equal([4, 3, null]);
  });

  it('says whether anything else than the untuned schedule was tried', () => {
    const untuned = record(1, [10], { purpose: 'untuned' }), searched = (...records: readonly TuningRecord[]): boolean | undefined => bestSchedules(records, [task], options)[0]!.found?.searched;
    expect(searched(untuned, record(1, [9], { purpose: 'final' }))).to.equal(false);
    expect(searched(untuned, record(2, [20]))).to.equal(true);
    expect(searched(untuned, record(2, [], { outcome: wrong('no') }))).to.equal(true);
    // elsewhere, or by a model in place of a clock, is not here
    expect(searched(untuned, record(2, [1], { environment: { ...fakeEnvironment, cpu: 'other' } }), record(2, [1], { outcome: { ok: true, kind: 'modelled', samplesNs: [1], error: 0 } }))).to.equal(false);
  });

  it('passes over finals that left out the fastest of the search, as those of a run that may not use every algorithm', () => {
    const search = [record(1, [10], { purpose: 'untuned' }), record(2, [7]), record(4, [3])];
    const final = (by: number, samples: readonly number[], repeat: number): TuningRecord => record(by, samples, { purpose: 'final', repeat });
    const both = [...search, final(1, [10, 10, 10], 0), final(4, [4, 4, 4], 0), final(1, [9, 9, 9], 1), final(2, [7, 7, 7], 1)];
    expect(best(both)).to.equal('split Y.i by 4 into o n final 4');
    const applies: BestOptions['applies'] = (_, text) => (text.includes('by 4') ? fail({ code: 'schedule-illegal', stage: 'schedule', message: 'not exact' }) : parseSchedule(text));
    expect(best(both, { applies })).to.equal('split Y.i by 2 into o n final 7');
  });

  it('keeps apart what shares a number by chance: finals of another version, or of another system', () => {
    const final = (by: number, samples: readonly number[], loopsmith: string, time = ''): TuningRecord => record(by, samples, { purpose: 'final', environment: { ...fakeEnvironment, loopsmith }, time });
    const search = [record(1, [10], { purpose: 'untuned' }), record(2, [5])];
    const old = [final(1, [1, 1, 1], '0.0.1', '2026-01-01'), final(2, [9, 9, 9], '0.0.1', '2026-01-01')], today = [final(1, [9, 9, 9], '0.0.2', '2026-01-02'), final(2, [5, 5, 5], '0.0.2', '2026-01-02')];
    // also where a file was merged with an older one
    for (const finals of [[...old, ...today], [...today, ...old]]) expect(best([...search, ...finals])).to.equal('split Y.i by 2 into o n final 5');
  });

  describe('chooses the same from what it says the choice rests on', () => {
    const places = [{ ...fakeEnvironment, loopsmith: '1' }, { ...fakeEnvironment, loopsmith: '2' }, { ...fakeEnvironment, cpu: 'other' }], sizes = [1, 2, 4, 8, 16, 32];
    const randomRecords = (seed: number): readonly TuningRecord[] => {
      const random = seededRandom(seed), list: TuningRecord[] = [];
      for (let i = 0; i < 60; i++) {
        const purpose = random.pick(['search', 'search', 'untuned', 'final', 'final'] as const), by = random.pick(sizes), samples = [0, 1, 2].map(() => 1 + random.below(6));
        list.push(record(by, samples, { purpose, environment: random.pick(places), protocol: random.pick(['a', 'b']), repeat: purpose === 'final' ? random.below(3) : 0, ...(random.below(8) === 0 ? { outcome: wrong('no') } : {}) }));
      }
      return list;
    };
    const illegal = (except: number): BestOptions['applies'] => (_, text) => (text.includes(`by ${except} `) ? fail({ code: 'schedule-illegal', stage: 'schedule', message: 'no' }) : parseSchedule(text));
    it('whatever the records and whichever schedule does not apply', () => {
      for (let seed = 0; seed < 200; seed++) for (const except of [0, 1, 2]) {
        const records = randomRecords(seed), asked = { ...options, protocol: [null, 'a', 'b', 'c'][seed % 4] ?? null, applies: illegal(except) }, [whole] = bestSchedules(records, [task], asked), because = whole!.found!.because;
        const [again] = bestSchedules(because, [task], asked);
        expect(again!.found!.record, `seed ${seed}, without ${except}`).to.equal(whole!.found!.record);
        expect(because.length).to.be.lessThan(records.length * 0.8);
      }
    });

    it('also where it is kept together with what another choice rests on', () => {
      for (let seed = 0; seed < 50; seed++) {
        const records = randomRecords(seed), asked = [0, 1, 2, 4].map((except) => ({ ...options, applies: illegal(except) })).flatMap((each) => [each, { ...each, environment: null }, { ...each, protocol: 'a' }]);
        const found = asked.map((each) => bestSchedules(records, [task], each)[0]!.found), kept = new Set(found.flatMap((each) => each?.because ?? [])), left = records.filter((one) => kept.has(one));
        asked.forEach((each, i) => { expect(bestSchedules(left, [task], each)[0]!.found?.record, `seed ${seed}`).to.equal(found[i]?.record); });
      }
    });
  });

  it('compares only times under the protocol that is asked for, and under that of the newest where there are none or none is asked for', () => {
    const records = [record(2, [1], { protocol: '1 weights-l3' }), record(4, [5], { protocol: '1 weights-memory' })];
    for (const [protocol, by] of [['1 weights-l3', '2 into o n search 1'], ['1 weights-memory', '4 into o n search 5'], ['1 warm', '4 into o n search 5'], [null, '4 into o n search 5']] as const)
      expect(best(records, { protocol })).to.equal(`split Y.i by ${by}`);
  });

  it('says why no record serves', () => {
    expect(best([])).to.equal('there is no record of it');
    expect(best([record(2, [1], { environment: { ...fakeEnvironment, compiler: 'gcc 13', threads: 2 } })])).to.equal('its records were made elsewhere (gcc 13, 2 threads)');
    expect(best([record(2, [1], { environment: { ...fakeEnvironment, cpu: 'other', isa: 'wide' } })])).to.equal('its records were made elsewhere (other, wide)');
    expect(best([record(2, [1], { outcome: wrong('element 3 is 7, expected 8') })])).to.equal('none of its 1 recorded candidates gave right answers in time: element 3 is 7, expected 8');
    expect(best([record(2, [1], { outcome: { ok: true, kind: 'emulated', samplesNs: [1], error: 0 } })])).to.equal('none of its 1 recorded candidates gave right answers in time: only emulated or modelled times are there');
    const applies: BestOptions['applies'] = () => fail({ code: 'schedule-illegal', stage: 'schedule', message: 'i has 100 iterations, 128 is more' });
    expect(best([record(128, [1])], { applies })).to.equal('its recorded schedules no longer apply: i has 100 iterations, 128 is more');
  });

  it('passes over what is wrong or no longer applies', () => {
    expect(best([record(2, [1], { outcome: wrong('NaN') }), record(4, [2], { schedule: 'frobnicate Y' }), record(8, [3])])).to.equal('split Y.i by 8 into o n search 3');
  });

  it('takes records of another system version, and of anywhere when nothing is known of the place', () => {
    expect(best([record(2, [1], { environment: { ...fakeEnvironment, os: 'other', loopsmith: '0.0.9' } })])).to.equal('split Y.i by 2 into o n search 1');
    expect(best([record(2, [1], { environment: { ...fakeEnvironment, cpu: 'other' } })], { environment: null })).to.equal('split Y.i by 2 into o n search 1');
  });
});
