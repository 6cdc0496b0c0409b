/** The tuning run on fake hardware: replay, resume, interruption, planted failures, duplicates, and what it says of all that. */
import { printSchedule, parseSchedule } from '@loopsmith/ir';
import { everyPoint, type Point, type RecordStore, type SearchStrategy, type Task, type TuningEvent, type TuningRecord } from '@loopsmith/contracts';
import { unwrap, type Failure } from '@loopsmith/util';
import { expect } from 'chai';
import { bestSchedules, coresFor, median, type RunLogEntry } from './index.js';
import { fakeEnvironment, fakeHardware, fakeNanoseconds, fakePoints, fakeTask, memoryRecords, tuneOnce } from './testing/index.js';

const small = fakeTask(100), large = fakeTask(10_000, 3);
const eventsOf = <E extends TuningEvent['event']>(events: readonly TuningEvent[], event: E): readonly Extract<TuningEvent, { event: E }>[] =>
  events.filter((one): one is Extract<TuningEvent, { event: E }> => one.event === event);
const winner = (records: RecordStore, task: Task): { readonly schedule: string; readonly medianNs: number; readonly purpose: string } => {
  const [best] = bestSchedules(records.all(), [task], { environment: fakeEnvironment, protocol: null, applies: (_, text) => parseSchedule(text) });
  if (!best?.found) throw new Error(best?.reason ?? 'no answer');
  return { schedule: printSchedule(best.found.schedule), medianNs: best.found.medianNs, purpose: best.found.record.purpose };
};
const scheduleText = (task: Task, point: Point): string => printSchedule(unwrap(fakeHardware().plugin.space(task).schedule(point)));
const keysOf = (records: RecordStore): readonly string[] => records.all().map(({ id }) => id).sort();

describe('tune', () => {
  it('measures the untuned schedule first, then searches, then compares the best few with it', async () => {
    const { records, events, log } = await tuneOnce();
    const purposes = records.all().map(({ purpose }) => purpose);
    expect(purposes[0]).to.equal('untuned');
    expect(purposes.filter((purpose) => purpose === 'untuned').length).to.equal(1);
    expect(purposes.filter((purpose) => purpose === 'search').length).to.equal(39);
    expect(purposes.indexOf('final')).to.equal(40);
    expect(log.compared.length).to.equal(1);
    expect(log.compared[0]!.length).to.equal(purposes.length - 40).and.to.be.within(2, 5);
    expect(records.all()[40]!.schedule).to.equal(records.all()[0]!.schedule);
    expect(events.map(({ event }) => event).filter((event) => event !== 'trial')).to.deep.equal(['run-started', 'task-started', 'task-finished', 'run-finished']);
    expect(eventsOf(events, 'trial').length).to.equal(40);
    expect(eventsOf(events, 'run-finished')[0]).to.deep.include({ trials: 40, failures: 0, interrupted: false });
  });

  it('says at the end what the finals measured, in which the two were measured side by side', async () => {
    const { records, events } = await tuneOnce({ fake: { noise: 0.5 } });
    const [end] = eventsOf(events, 'task-finished'), all = records.all();
    const speeds = (purpose: string, schedule: string): readonly number[] =>
      all.flatMap((one) => (one.purpose === purpose && one.schedule === schedule && one.outcome.ok ? [small.task.flops / median(one.outcome.samplesNs)] : []));
    const untuned = all[0]!.schedule, best = winner(records, small.task);
    expect(end!.untunedGflops).to.equal(speeds('final', untuned)[0]).and.not.to.equal(speeds('untuned', untuned)[0]);
    expect(end!.bestGflops).to.equal(small.task.flops / best.medianNs).and.not.to.equal(speeds('search', best.schedule)[0]);
  });

  it('finds a schedule near the optimum and never one slower than untuned', async () => {
    const { records } = await tuneOnce({ budget: { kind: 'trials', trials: 60 } });
    const best = fakePoints(small.task)[0]!, found = winner(records, small.task);
    expect(found.medianNs).to.be.lessThan(1.3 * fakeNanoseconds(small.task, best));
    expect(found.purpose).to.equal('final');
  });

  it('proposes the same for the same seed and results, whatever the timing', async () => {
    const delays = [undefined, { build: () => 3, measure: () => 0 }, { build: () => 0, measure: () => 1 }, { build: (batch: number) => (batch * 7) % 5, measure: (count: number) => (count * 5) % 3 }];
    const runs = await Promise.all([...delays.map((delay, i) => tuneOnce({ tasks: [small, large], ...(i === 3 ? { cores: coresFor([0], [0]) } : {}), ...(delay ? { fake: { delays: delay } } : {}) }))]);
    for (const run of runs) {
      expect(run.proposals).to.deep.equal(runs[0]!.proposals);
      expect(keysOf(run.records)).to.deep.equal(keysOf(runs[0]!.records));
    }
    const other = await tuneOnce({ tasks: [small, large], seed: 2 });
    expect(other.proposals).to.not.deep.equal(runs[0]!.proposals);
  });

  it('proposes a batch from the results of the batches up to the last but one, with the model fitted on those', async () => {
    const { observed, proposals } = await tuneOnce({ budget: { kind: 'trials', trials: 33 } });
    // batch 0 is the untuned one; the last two batches come back after the last proposal
    expect(proposals.length).to.equal(6);
    expect(observed[0]!.point).to.deep.equal({ outer: 1, inner: 1, order: 'ab' });
    expect(observed.slice(1).map(({ point }) => Object.values(point).join('|')).join(' ')).to.equal(proposals.slice(0, 4).map((text) => text.replace('fake 1: ', '')).join(' '));
  });

  it('has the compilers of a batch begin before the next one is proposed, and proposes it beside nothing that is measured', async () => {
    const told: string[] = [], strategy: SearchStrategy = {
      id: 'telling',
      start: ({ space }) => {
        // without the untuned one, which is not built again
        const untried = [...everyPoint(space.choices)].slice(1).filter((point) => space.draft(point).refused === null);
        return { observe: () => undefined, propose: (count) => { told.push('propose'); return untried.splice(0, count); } };
      },
    };
    const quiet = (): Promise<void> => { told.push('quiet'); return Promise.resolve(); };
    const { events } = await tuneOnce({
      tasks: [small, large], strategy, cores: { ...coresFor([0], [0]), quiet }, budget: { kind: 'trials', trials: 40 },
      fake: { delays: { build: () => { told.push('compile'); return 0; }, measure: () => 0 } },
    });
    // two untuned schedules, then three batches that go out together; each of the others goes out when one comes back
    expect(told.slice(0, 10)).to.deep.equal(['compile', 'quiet', 'compile', 'propose', 'compile', 'quiet', 'propose', 'compile', 'quiet', 'propose']);
    expect(told.filter((one, i) => one === 'propose' && told[i + 1] === 'propose')).to.deep.equal([]);
    expect(eventsOf(events, 'run-finished')[0]!.trials).to.equal(40);
  });

  it('builds the next batch while one is measured, and never on a core at the same time', async () => {
    const delays = { build: () => 4, measure: () => 2 };
    expect((await tuneOnce({ fake: { delays } })).log.busy.together).to.equal(true);
    expect((await tuneOnce({ fake: { delays }, cores: coresFor([0], [0]) })).log.busy.together).to.equal(false);
  });

  it('lets no planted failure win, records each with its full text, and teaches it', async () => {
    const fastest = fakePoints(small.task).slice(0, 6);
    const kinds: readonly Failure[] = [
      { code: 'wrong-answer', stage: 'measure', message: 'element 3 is 7, expected 8' }, { code: 'crashed', stage: 'measure', message: 'signal 11', text: 'a\nb' },
      { code: 'timeout', stage: 'measure', message: 'no answer in 2 s' }, { code: 'build-failed', stage: 'build', message: 'gcc said no', text: 'line 1\nline 2' },
      { code: 'wrong-answer', stage: 'measure', message: 'NaN' }, { code: 'guard-broken', stage: 'measure', message: 'wrote past the end' },
    ];
    const failureOf = (_: Task, point: Point): Failure | undefined => kinds[fastest.findIndex((bad) => bad['outer'] === point['outer'] && bad['inner'] === point['inner'] && bad['order'] === point['order'])];
    const { records, events, observed } = await tuneOnce({ budget: { kind: 'trials', trials: 110 }, fake: { failure: failureOf } });
    const failed = records.all().flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.failure]));
    expect(failed).to.include.deep.members([kinds[1]!, kinds[3]!]);
    expect(eventsOf(events, 'run-finished')[0]!.failures).to.equal(failed.length);
    expect(fastest.map((point) => scheduleText(small.task, point))).to.not.include(winner(records, small.task).schedule);
    expect(observed.filter(({ failure }) => failure !== null).length).to.be.greaterThan(0);
    expect(observed.find(({ failure }) => failure === 'crashed')).to.deep.include({ milliseconds: null });
  });

  it('does not end when a plugin throws', async () => {
    let count = 0;
    const { events } = await tuneOnce({ fake: { onMeasure: () => { if (count++ === 3) throw new TypeError('x is undefined'); } } });
    expect(eventsOf(events, 'run-finished')[0]).to.deep.include({ trials: 40, failures: 1 });
    const failure = eventsOf(events, 'trial').flatMap((trial) => trial.failure ?? [])[0]!;
    expect(failure.message).to.equal('the bench of fake:plain threw an error instead of answering: x is undefined; this is a bug of the plugin');
    expect(failure.text).to.match(/^TypeError: x is undefined\n.*at /);
  });

  it('does not end when a plugin throws as it makes ready', async () => {
    const { events } = await tuneOnce({ fake: { onReady: () => { throw new TypeError('no such file'); } } });
    expect(eventsOf(events, 'run-finished')[0]).to.deep.include({ trials: 40, failures: 0 });
  });

  describe('where the place failed and not the candidate', () => {
    const starved: Failure = { code: 'harness-failed', stage: 'measure', message: 'the measuring harness was killed by SIGKILL' };
    const untuned = (_: Task, point: Point): Failure | undefined => (point['outer'] === 1 && point['inner'] === 1 ? starved : undefined);
    const failedOf = (records: RecordStore): readonly string[] => records.all().flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.failure.code]));

    it('says so, records nothing of it, and lets the next run try again', async () => {
      const first = await tuneOnce({ fake: { failure: untuned } });
      expect(eventsOf(first.events, 'trial')[0]!.failure).to.deep.equal(starved);
      expect(first.records.all().some(({ purpose }) => purpose === 'untuned')).to.equal(false);
      expect(failedOf(first.records)).to.deep.equal([]);
      const again = await tuneOnce({ records: memoryRecords(first.records.all()) });
      expect(again.records.all().find(({ purpose }) => purpose === 'untuned')!.outcome.ok).to.equal(true);
    });

    it('passes over such failures that an earlier release recorded', async () => {
      const whole = await tuneOnce(), old = whole.records.all().map((record) => (record.purpose === 'untuned' ? { ...record, id: `${record.id} of old`, outcome: { ok: false, failure: starved } as const } : record));
      const again = await tuneOnce({ records: memoryRecords(old) });
      expect(again.records.all().filter(({ purpose }) => purpose === 'untuned').map(({ outcome }) => outcome.ok)).to.deep.equal([false, true]);
    });

    it('does not believe it of other candidates with the same code', async () => {
      let count = 0;
      const { events } = await tuneOnce({ budget: { kind: 'trials', trials: 110 }, fake: { onMeasure: () => { if (count++ === 0) throw new Error('out of luck'); } } });
      expect(eventsOf(events, 'run-finished')[0]!.failures).to.equal(1);
    });

    it('compares again when finals could not measure all', async () => {
      const first = await tuneOnce({ fake: { unfair: () => starved } });
      expect(failedOf(first.records)).to.deep.equal([]);
      expect((await tuneOnce({ records: memoryRecords(first.records.all()) })).log.compared.length).to.equal(1);
    });
  });

  it('keeps the measurements of a second protocol beside those of the first, and compares them with its own untuned schedule', async () => {
    const first = await tuneOnce(), second = await tuneOnce({ records: memoryRecords(first.records.all()), fake: { protocol: () => '1 other' } });
    const of = (protocol: string): readonly TuningRecord[] => second.records.all().filter((record) => record.protocol === protocol);
    expect(of('1 other').map(({ schedule, purpose }) => `${purpose} ${schedule}`)).to.deep.equal(of('1 none').map(({ schedule, purpose }) => `${purpose} ${schedule}`));
    expect(new Set(second.records.all().map(({ id }) => id)).size).to.equal(second.records.all().length);
    const third = await tuneOnce({ records: memoryRecords(second.records.all()), fake: { protocol: () => '1 other' } });
    expect(third.log).to.deep.include({ built: [], measured: [], compared: [] });
  });

  it('numbers finals over all protocols and places', async () => {
    const first = await tuneOnce(), elsewhere = first.records.all().map((record) => ({ ...record, id: `${record.id} elsewhere`, environment: { ...record.environment, loopsmith: '0.0.1' } }));
    const { records } = await tuneOnce({ records: memoryRecords(elsewhere), fake: { protocol: () => '1 other' } });
    expect(new Set(records.all().filter(({ purpose }) => purpose === 'final').map(({ repeat, protocol }) => `${repeat} ${protocol}`))).to.deep.equal(new Set(['0 1 none', '1 1 other']));
  });

  it('ends with the error of a log that cannot be written, and not beside it', async () => {
    const full = (entry: RunLogEntry): void => { if (entry.entry === 'observed') throw new Error('ENOSPC: no space left on device'); };
    expect(await tuneOnce({ log: full }).then(() => 'done', (error: Error) => error.message)).to.equal('ENOSPC: no space left on device');
  });

  it('measures identical code once and records it for every schedule that has it', async () => {
    const { records, log } = await tuneOnce({ budget: { kind: 'trials', trials: 110 } });
    expect(new Set(log.measured).size).to.equal(log.measured.length);
    const searched = records.all().filter(({ purpose }) => purpose !== 'final');
    expect(searched.length).to.be.greaterThan(new Set(searched.map(({ artifact }) => artifact)).size);
    expect(new Set(log.compared[0]).size).to.equal(log.compared[0]!.length);
  });

  it('measures nothing twice when it is run again, finals included', async () => {
    const first = await tuneOnce({ tasks: [small, large] });
    const again = await tuneOnce({ tasks: [small, large], records: memoryRecords(first.records.all()) });
    expect(again.log).to.deep.include({ built: [], measured: [], compared: [] });
    expect(again.proposals).to.deep.equal(first.proposals);
    expect(keysOf(again.records)).to.deep.equal(keysOf(first.records));
    // what was compared then is said again
    const [said, saidAgain] = [first, again].map(({ events }) => eventsOf(events, 'task-finished').map(({ bestGflops, untunedGflops, finals }) => ({ bestGflops, untunedGflops, finals })));
    expect(saidAgain).to.deep.equal(said);
    expect(said!.every(({ finals }) => finals !== null)).to.equal(true);
    expect(eventsOf(again.events, 'task-started').map(({ task, resumed }) => [task, resumed])).to.deep.equal(
      [small, large].map(({ task: { key } }) => [key, first.records.ofTask(key).filter(({ purpose }) => purpose !== 'final').length]));
  });

  it('compares again where the code of a schedule is another than in the last finals, once, and chooses by what it found then', async () => {
    const first = await tuneOnce({ tasks: [small, large] }), emission = 'unrolled';
    const again = await tuneOnce({ tasks: [small, large], records: memoryRecords(first.records.all()), fake: { emission } });
    expect(again.log.measured).to.deep.equal([]);
    expect(again.log.compared.length).to.equal(2);
    const finals = again.records.all().slice(first.records.all().length);
    expect(new Set(finals.map(({ purpose, repeat }) => `${purpose} ${repeat}`))).to.deep.equal(new Set(['final 1']));
    for (const { task } of [small, large]) expect(winner(again.records, task).purpose).to.equal('final');
    const third = await tuneOnce({ tasks: [small, large], records: memoryRecords(again.records.all()), fake: { emission } });
    expect(third.log).to.deep.include({ built: [], measured: [], compared: [] });
  });

  it('goes on after an interruption as if there had been none', async () => {
    const whole = await tuneOnce({ tasks: [small, large] });
    const controller = new AbortController();
    const cut = await tuneOnce({ tasks: [small, large], signal: controller.signal, fake: { onMeasure: (count) => { if (count === 17) controller.abort(); } } });
    // the measurement that was running when the abort came is kept; trials of identical code are recorded without one
    expect(eventsOf(cut.events, 'run-finished')[0]).to.deep.include({ interrupted: true });
    expect(cut.log.measured.length).to.equal(18);
    expect(new Set(cut.records.all().map(({ artifact }) => artifact)).size).to.equal(18);
    expect(eventsOf(cut.events, 'task-finished').map(({ reason }) => reason)).to.deep.equal(['interrupted', 'interrupted']);
    expect(winner(cut.records, large.task).purpose).to.match(/search|untuned/);
    const resumed = await tuneOnce({ tasks: [small, large], records: memoryRecords(cut.records.all()) });
    expect(keysOf(resumed.records)).to.deep.equal(keysOf(whole.records));
    const measuredFirst = new Set(cut.log.measured);
    expect(resumed.log.measured.filter((artifact) => measuredFirst.has(artifact))).to.deep.equal([]);
  });

  it('keeps the best of an earlier run in the finals of a later one', async () => {
    const long = await tuneOnce({ budget: { kind: 'trials', trials: 90 } });
    const best = winner(long.records, small.task);
    const short = await tuneOnce({ budget: { kind: 'trials', trials: 6 }, seed: 3, records: memoryRecords(long.records.all()) });
    expect(winner(short.records, small.task).schedule).to.equal(best.schedule);
    expect(eventsOf(short.events, 'run-finished')[0]!.trials).to.equal(6);
  });

  it('measures again what was recorded elsewhere', async () => {
    const first = await tuneOnce();
    const elsewhere = first.records.all().map((record) => ({ ...record, environment: { ...record.environment, compiler: 'none 2' } }));
    const again = await tuneOnce({ records: memoryRecords(elsewhere) });
    expect(again.log.measured).to.deep.equal(first.log.measured);
  });

  it('goes on with the other tasks when one cannot be prepared', async () => {
    const unprepared = (task: Task): Failure | undefined => (task.key === small.task.key ? { code: 'reference-differs', stage: 'measure', message: 'the reference of double @100 disagrees with evaluate' } : undefined);
    const { events, records } = await tuneOnce({ tasks: [small, large], fake: { unprepared } });
    expect(eventsOf(events, 'task-failed').map(({ label, failure }) => [label, failure.message])).to.deep.equal([['double @100', 'the reference of double @100 disagrees with evaluate']]);
    expect(records.ofTask(small.task.key)).to.deep.equal([]);
    expect(winner(records, large.task).purpose).to.equal('final');
  });

  it('says of a task whose every candidate failed what the first one said', async () => {
    const failure = (): Failure => ({ code: 'build-failed', stage: 'build', message: 'gcc: command not found' });
    const { events } = await tuneOnce({ fake: { failure } });
    expect(eventsOf(events, 'task-failed').map((event) => event.failure.message)).to.deep.equal(['all 40 candidates failed, the first so: gcc: command not found']);
  });

  it('gives back to the budget what a strategy did not propose', async () => {
    const untried = [...fakePoints(small.task)];
    const sparing: SearchStrategy = { id: 'sparing', start: () => ({ observe: () => undefined, propose: (count) => untried.splice(0, Math.ceil(count / 2)) }) };
    const { events } = await tuneOnce({ strategy: sparing, budget: { kind: 'trials', trials: 40 } });
    expect(eventsOf(events, 'run-finished')[0]!.trials).to.equal(40);
  });

  it('ends when the space is exhausted', async () => {
    const { events } = await tuneOnce({ budget: { kind: 'trials', trials: 5000 } });
    expect(eventsOf(events, 'task-finished')[0]!.reason).to.equal('every schedule tried');
  });

  it('keeps to a budget of time', async () => {
    const { events } = await tuneOnce({ tasks: [small, large], budget: { kind: 'time', milliseconds: 200 }, tick: 1 });
    const run = eventsOf(events, 'run-finished')[0]!;
    expect(run.seconds).to.be.within(0.14, 0.2);
    expect(run.trials).to.be.greaterThan(20);
  });

  it('ends when another minute is not worth it, says so, and says how right its forecasts were', async () => {
    const budget = { kind: 'time', milliseconds: 3_600_000, stopBelow: 0.2 } as const;
    const { events } = await tuneOnce({ tasks: [small, large], budget, tick: 150 }), run = eventsOf(events, 'run-finished')[0]!;
    expect(run.stopped).to.be.within(0, 0.2);
    expect(run.seconds).to.be.lessThan(3000);
    expect(eventsOf(events, 'task-finished').map(({ reason }) => reason)).to.include('little left to gain');
    expect(run.forecasts!.map(({ seconds, expected }) => ({ event: 'forecast', seconds, expected }))).to.deep.equal(eventsOf(events, 'forecast'));
    expect(run.forecasts!.length).to.be.greaterThan(0);
    expect((await tuneOnce({ tasks: [small, large], budget: { kind: 'trials', trials: 40 }, tick: 10_000 })).events.filter(({ event }) => event === 'forecast')).to.deep.equal([]);
  });

  it('counts a figure as the median of its samples', async () => {
    const { records, events } = await tuneOnce({ budget: { kind: 'trials', trials: 1 } });
    const { outcome } = records.all()[0]!;
    expect(outcome.ok && eventsOf(events, 'trial')[0]!.currentGflops).to.equal(outcome.ok && small.task.flops / median(outcome.samplesNs));
  });
});
