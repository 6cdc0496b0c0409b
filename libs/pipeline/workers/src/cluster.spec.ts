/** Workers over memory: a job ends with the very records of a run in one process, whoever leaves meanwhile, and nothing is measured twice. */
import type { Builder, ExtractedTask, HardwarePlugin, Observation, Point, SearchStrategy, TuningRecord } from '@loopsmith/contracts';
import { sideBySide, tune } from '@loopsmith/stages';
import { fakeEnvironment, fakeHardware, fakeTarget, fakeTask, memoryRecords, tickingClock, type FakeOptions } from '@loopsmith/stages/testing';
import { memoryTransport } from '@loopsmith/transport-memory';
import { fail, succeed, unwrap } from '@loopsmith/util';
import { openArtifactStore, tasksText, type ArtifactStore, type DeadLetter, type JobEvent, type StageName, type Submission, type Transport } from '@loopsmith/wire';
import { expect } from 'chai';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lastValueFrom } from 'rxjs';
import { cancelJob, followJob, listJobs, openOutbox, startWorker, submitJob, type Worker } from './index.js';
import { jobId } from './jobs.js';
import type { WorkerPlugins } from './plugins.js';

const tasks = [fakeTask(100), fakeTask(10_000, 3)];
/** Changes one choice of the best so far, or takes any point: small, but it depends on every result it was told of. */
const strategy: SearchStrategy = {
  id: 'descent',
  start: ({ space: { choices }, random }) => {
    const seen = new Set<string>();
    let best: Observation | null = null;
    return {
      propose: (count, predict) => {
        const taken: Point[] = [];
        for (let draw = 0; draw < 500 && taken.length < count; draw++) {
          const anywhere: Point = Object.fromEntries(choices.map(({ name, values }) => [name, random.pick(values)])), { name, values } = random.pick(choices);
          const point = best && random.below(3) > 0 ? { ...best.point, [name]: random.pick(values) } : anywhere, text = choices.map((choice) => point[choice.name]).join('.');
          if (seen.has(text) || !Number.isFinite(predict([point])[0])) continue;
          seen.add(text);
          taken.push(point);
        }
        return taken;
      },
      observe: (results) => { for (const one of results) if (one.milliseconds !== null && (best?.milliseconds ?? Infinity) > one.milliseconds) best = one; },
    };
  },
};
const model = { id: 'draft', fit: (examples: readonly unknown[]) => examples.length, predict: (_: unknown, drafts: readonly { readonly milliseconds: number }[]) => Float64Array.from(drafts, (draft) => draft.milliseconds) };
const device = { hardware: 'fake', target: fakeTarget, environment: fakeEnvironment, protocol: '1 none' };
const submission: Submission = {
  name: 'net', model: '0'.repeat(64), format: 'none', file: 'net', beside: {}, listings: {}, inputs: null, outputs: null, shapes: {}, values: {}, ...device, threads: 1, exact: false, strategy: strategy.id, costModel: model.id,
  budget: { kind: 'trials', trials: 60 }, seed: 1, attempt: 1,
};
const job = jobId(submission);

/** What counts of a record: all but the time. */
const told = (records: readonly TuningRecord[]): readonly string[] => records.map(({ time, ...record }) => { void time; return JSON.stringify(record); }).sort();

const inOneProcess = async (fake: FakeOptions = {}): Promise<readonly TuningRecord[]> => {
  const { plugin } = fakeHardware(fake), records = memoryRecords();
  await lastValueFrom(tune({
    tasks, hardware: plugin, builder: unwrap(await plugin.builder(fakeTarget, 'none')), device: unwrap(await plugin.device(fakeTarget, { threads: 1, directory: 'none', seed: 1 })),
    strategy, model, records, budget: submission.budget, seed: submission.seed, clock: tickingClock(1), measuring: sideBySide, signal: new AbortController().signal,
  }));
  return records.all();
};

class Cluster {
  readonly folder = mkdtempSync(join(tmpdir(), 'loopsmith-workers-'));
  readonly transport: Transport = memoryTransport();
  readonly store: ArtifactStore = openArtifactStore(join(this.folder, 'store'));
  readonly measured: string[] = [];
  readonly said: string[] = [];
  readonly deadLetters: DeadLetter[] = [];
  readonly #workers: Worker[] = [];

  async start(name: string, stages: readonly StageName[], fake: FakeOptions = {}, change: (builder: Builder) => Builder = (builder) => builder, search: SearchStrategy = strategy): Promise<Worker> {
    const { plugin, log } = fakeHardware(fake);
    const library = join(this.folder, 'library.so');
    writeFileSync(library, 'code');
    const builder = unwrap(await plugin.builder(fakeTarget, this.folder)), opened = unwrap(await plugin.device(fakeTarget, { threads: 1, directory: this.folder, seed: 1 }));
    const inFile: Builder = { ...builder, build: async (task, batch) => (await builder.build(task, batch)).map((built) => (built.ok ? succeed({ ...built.value, library }) : built)) };
    log.measured.push = (...ids) => this.measured.push(...ids);
    const outbox = openOutbox(join(this.folder, name));
    const started = await startWorker({
      name, stages, transport: this.transport, store: this.store, outbox, plugins: pluginsWith(plugin, search), log: (_, text) => { this.said.push(text); }, now: () => Date.now(), counted: () => undefined,
      builder: change(inFile), device: { device: opened, description: device, directory: join(this.folder, `libraries-${name}`) },
    });
    const worker = unwrap(started);
    this.#workers.push(worker);
    return worker;
  }
  async submit(extracted: readonly ExtractedTask[] = tasks): Promise<void> {
    await this.transport.follow(['dead-letters'], ({ topic, message }) => { if (topic === 'dead-letters') this.deadLetters.push(message); });
    await submitJob(this.transport, submission, '2026-01-01T00:00:00.000Z');
    await this.transport.send([{ topic: 'extracted', message: { v: 1, job, submission, tasks: await this.store.put(tasksText(extracted)) } }]);
  }
  /** The records and how the job ended. */
  async ended(): Promise<{ readonly records: readonly TuningRecord[]; readonly events: readonly JobEvent[] }> {
    const records: TuningRecord[] = [], events: JobEvent[] = [];
    const log = await followJob(this.transport, job, false, { record: (record) => records.push(record), event: (event) => events.push(event) });
    await new Promise<void>((resolve) => {
      const look = (): void => { if (log.ended) resolve(); };
      log.onChange(look);
      look();
    });
    await log.close();
    return { records, events };
  }
  async remove(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const pluginsWith = (hardware: HardwarePlugin, search: SearchStrategy = strategy): WorkerPlugins => {
  const only = <T extends { readonly id: string }>(one: T) => ({ get: (id: string) => (id === one.id ? succeed(one) : fail({ code: 'plugin-unknown', stage: 'plugins', message: `there is no ${id}` })) });
  return { frontends: { get: () => fail({ code: 'plugin-unknown', stage: 'plugins', message: 'there is none' }) }, hardware: only(hardware), strategies: only(search), costModels: only(model) };
};

describe('workers of a job', () => {
  let cluster: Cluster;
  beforeEach(() => { cluster = new Cluster(); });
  afterEach(() => cluster.remove());

  it('leave the records of a run in one process, in as many copies as there are', async () => {
    for (const name of ['a', 'b', 'c']) await cluster.start(name, ['propose', 'build', 'measure', 'fit'], { delays: { build: () => 1, measure: (count) => count % 3 } });
    await cluster.submit();
    const { records, events } = await cluster.ended();
    expect(told(records)).to.deep.equal(told(await inOneProcess()));
    expect(events.at(-1)).to.deep.equal({ event: 'job-ended', how: 'finished', failure: null });
    expect(events.filter(({ event }) => event === 'trial').length).to.equal(60);
    expect(cluster.measured.length).to.equal(new Set(cluster.measured).size);
    const [summary] = await listJobs(cluster.transport);
    expect(summary).to.deep.include({ job, trials: 60, cancelled: false });
  });

  it('go on when the owner leaves: its successor tells the same story and asks for nothing again', async () => {
    await cluster.start('hands', ['build', 'measure', 'fit'], { delays: { build: () => 1, measure: () => 2 } });
    const first = await cluster.start('first', ['propose']);
    await cluster.submit();
    while (cluster.measured.length < 20) await new Promise((resolve) => { setTimeout(resolve, 1); });
    await cluster.start('second', ['propose']);
    await first.stop();
    const { records } = await cluster.ended();
    expect(told(records)).to.deep.equal(told(await inOneProcess()));
    expect(cluster.measured.length).to.equal(new Set(cluster.measured).size);
    expect((await listJobs(cluster.transport))[0]!.owner).to.equal('second');
  });

  it('build again what is gone from the store, and measure it then', async () => {
    let removed = 0;
    await cluster.start('hands', ['propose', 'build', 'fit'], {}, (builder) => ({
      ...builder,
      build: async (task, batch) => {
        const built = await builder.build(task, batch);
        // the third batch loses its kernels right after it was built
        if (removed++ === 2) setTimeout(() => { rmSync(join(cluster.folder, 'store', readdirSync(join(cluster.folder, 'store'))[0]!), { recursive: true, force: true }); }, 0);
        return built;
      },
    }));
    await cluster.start('device', ['measure']);
    await cluster.submit();
    const { records } = await cluster.ended();
    expect(told(records)).to.deep.equal(told(await inOneProcess()));
  });

  it('answer for a candidate whose work fails again and again, once, and keep the message with the reason', async () => {
    await cluster.start('hands', ['propose', 'measure', 'fit'], {});
    let bad: string | null = null;
    await cluster.start('builder', ['build'], {}, (builder) => ({
      ...builder,
      build: async (task, batch) => {
        // the first batch of several, whenever it is tried
        if (batch.length > 1) bad ??= batch[0]!.id;
        return (await builder.build(task, batch)).map((built) => (built.ok && batch[0]!.id === bad ? succeed({ ...built.value, library: '/nowhere' }) : built));
      },
    }));
    await cluster.submit();
    const { records, events } = await cluster.ended();
    expect(cluster.deadLetters.map(({ topic, worker, attempts, reason }) => ({ topic, worker, attempts, code: reason.code }))).to.deep.equal([{ topic: 'build', worker: 'builder', attempts: 3, code: 'infrastructure' }]);
    expect(cluster.deadLetters[0]!.reason.message).to.match(/^build failed 3 times on builder: ENOENT: /);
    // told, and not recorded: it says nothing of the candidate
    const failed = events.flatMap((event) => (event.event === 'trial' && event.failure ? [event.failure.code] : []));
    expect(failed.length).to.be.greaterThan(0);
    expect(new Set(failed)).to.deep.equal(new Set(['infrastructure']));
    expect(records.filter(({ outcome }) => !outcome.ok)).to.deep.equal([]);
    expect(events.at(-1)).to.deep.include({ how: 'finished' });
  });

  it('end a job whose run throws again and again, with the reason, and count its tries over the end of a worker', async () => {
    await cluster.start('hands', ['build', 'measure', 'fit']);
    const broken: SearchStrategy = { id: strategy.id, start: () => ({ propose: () => { throw new TypeError('points is not iterable'); }, observe: () => undefined }) };
    const tries = (): readonly string[] => cluster.said.flatMap((text) => /\(try \d of 3\)/.exec(text) ?? []);
    const first = await cluster.start('owner', ['propose'], {}, undefined, broken);
    await cluster.submit();
    while (tries().length < 2) await new Promise((resolve) => { setTimeout(resolve, 1); });
    await first.stop();
    // the same name has the same outbox
    await cluster.start('owner', ['propose'], {}, undefined, broken);
    const { events } = await cluster.ended();
    expect(tries()).to.deep.equal(['(try 1 of 3)', '(try 2 of 3)', '(try 3 of 3)']);
    const end = events.at(-1)!;
    if (end.event !== 'job-ended' || !end.failure) throw new Error('the job did not fail');
    const { text, ...failure } = end.failure;
    expect([end.how, failure]).to.deep.equal(['failed', { code: 'infrastructure', stage: 'propose', message: 'propose failed 3 times on owner: points is not iterable' }]);
    expect(text).to.match(/^TypeError: points is not iterable\n {4}at /);
    expect(cluster.deadLetters.map(({ topic, id, worker, attempts, reason }) => ({ topic, id, worker, attempts, reason }))).to.deep.equal([{ topic: 'extracted', id: job, worker: 'owner', attempts: 3, reason: end.failure }]);
  });

  describe('whose processes ended in the middle of it', () => {
    const claims = (workers: readonly string[]): Promise<unknown> => Promise.all(workers.map((worker) => cluster.transport.sendAlone({ topic: 'runs', message: { v: 1, job, kind: 'claim', worker } })));
    const dead = ['a', 'b', 'a'];

    it('end the job after three times, whichever they were, with one dead letter', async () => {
      await cluster.start('hands', ['build', 'measure', 'fit']);
      await claims(dead);
      await cluster.start('owner', ['propose']);
      await cluster.submit();
      const { events, records } = await cluster.ended(), end = events.at(-1)!;
      const failure = {
        code: 'infrastructure', stage: 'propose',
        message: "the process of the worker ended 3 times in the middle of this job (a, b, a): by a plugin that ends it or crashes, or for lack of memory; what its last words are is in the worker's log",
      };
      expect(end).to.deep.equal({ event: 'job-ended', how: 'failed', failure });
      expect([records, cluster.measured]).to.deep.equal([[], []]);
      expect(cluster.deadLetters.map(({ topic, id, worker, attempts, reason }) => ({ topic, id, worker, attempts, reason }))).to.deep.equal([{ topic: 'extracted', id: job, worker: 'owner', attempts: 3, reason: failure }]);
    });

    it('do not count once an owner has come to where it waits, nor when they leave it', async () => {
      await claims(dead.slice(1));
      await cluster.submit();
      // nobody builds or measures: each waits, and goes
      for (const name of ['c', 'd', 'e', 'f']) {
        const owner = await cluster.start(name, ['propose']);
        while ((await listJobs(cluster.transport))[0]!.owner !== name) await new Promise((resolve) => { setTimeout(resolve, 1); });
        await owner.stop();
      }
      await cluster.start('all', ['propose', 'build', 'measure', 'fit']);
      const { records } = await cluster.ended();
      expect(told(records)).to.deep.equal(told(await inOneProcess()));
    });
  });

  it('give up an answer that is too large to be sent, and start again with it in the outbox', async () => {
    await cluster.start('hands', ['propose', 'measure', 'fit'], {});
    let bad: string | null = null;
    const tooLong = (builder: Builder): Builder => ({
      ...builder,
      build: async (task, batch) => {
        if (batch.length > 1) bad ??= batch[0]!.id;
        return batch[0]!.id === bad ? batch.map(() => fail({ code: 'compile', stage: 'build', message: 'x'.repeat(600_000) })) : builder.build(task, batch);
      },
    });
    const first = await cluster.start('builder', ['build'], {}, tooLong);
    const outbox = openOutbox(join(cluster.folder, 'again'));
    outbox.begin('large');
    await outbox.done('large', [{ topic: 'built', message: { v: 1, id: 'large', job, worker: 'again', at: 0, outcome: fail({ code: 'compile', stage: 'build', message: 'x'.repeat(600_000) }) } }]);
    outbox.close();
    await cluster.start('again', ['build'], {}, tooLong);
    await first.stop();
    await cluster.submit();
    const { events } = await cluster.ended();
    expect(cluster.deadLetters.map(({ worker, attempts, reason }) => ({ worker, attempts, code: reason.code }))).to.deep.equal([{ worker: 'again', attempts: 3, code: 'infrastructure' }]);
    expect(cluster.deadLetters[0]!.reason.message).to.match(/^build failed 3 times on again: a message for built has \d+ bytes, 524288 are the most; ask for smaller batches$/);
    expect(events.at(-1)).to.deep.include({ how: 'finished' });
  });

  it('end a job whose story is too large to be told, with the reason, and go on', async () => {
    await cluster.start('all', ['propose', 'build', 'measure', 'fit']);
    // of a program it is the end
    const unhandled: unknown[] = [], note = (error: unknown): void => { unhandled.push(error); };
    process.on('unhandledRejection', note);
    await cluster.submit(tasks.map((one) => ({ ...one, task: { ...one.task, label: 'x'.repeat(600_000) } })));
    const end = (await cluster.ended()).events.at(-1)!;
    process.off('unhandledRejection', note);
    expect(unhandled).to.deep.equal([]);
    if (end.event !== 'job-ended' || !end.failure) throw new Error('the job did not fail');
    expect([end.how, end.failure.code]).to.deep.equal(['failed', 'message-large']);
    expect(end.failure.message).to.match(/^a message for runs has \d+ bytes, 524288 are the most; /);
  });

  it('end a job that is cancelled, with what was measured until then', async () => {
    await cluster.start('all', ['propose', 'build', 'measure', 'fit'], { delays: { build: () => 1, measure: () => 5 } });
    await cluster.submit();
    while (cluster.measured.length < 10) await new Promise((resolve) => { setTimeout(resolve, 1); });
    await cancelJob(cluster.transport, job, '2026-01-01T00:01:00.000Z');
    const { events, records } = await cluster.ended();
    expect(events.at(-1)).to.deep.equal({ event: 'job-ended', how: 'cancelled', failure: null });
    expect(records.length).to.be.within(1, 59);
  });

  it('refuse to stand beside a worker with another device', async () => {
    await cluster.start('here', ['measure']);
    const { plugin } = fakeHardware();
    const opened = unwrap(await plugin.device(fakeTarget, { threads: 1, directory: cluster.folder, seed: 1 }));
    const refused = await startWorker({
      name: 'there', stages: ['measure'], transport: cluster.transport, store: cluster.store, outbox: openOutbox(join(cluster.folder, 'there')), plugins: pluginsWith(plugin), log: () => undefined, now: () => Date.now(), counted: () => undefined,
      device: { device: opened, directory: cluster.folder, description: { ...device, environment: { ...fakeEnvironment, cpu: 'other' } } },
    });
    expect(refused).to.deep.equal({ ok: false, failure: { code: 'device-differs', stage: 'measure', message: 'worker here measures on another device already (fake, plain, 1 thread); give each kind of device a --prefix of its own' } });
  });
});
