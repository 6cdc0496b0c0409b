/** Kill anything, lose nothing, count nothing twice: a job on a real broker whose workers and broker are killed, against the same job in one process. */
import { writeModel, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '@loopsmith/onnx-file';
import { command, needs } from '@loopsmith/testing';
import { seededRandom } from '@loopsmith/util';
import type { TuningRecord } from '@loopsmith/contracts';
import { expect } from 'chai';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { plugin, readTopic, Site, type Running } from './cluster.js';
import { Progress } from './progress.js';

const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
const weight = (name: string, shape: readonly number[]): OnnxTensor => ({ name, dtype: 'f32', shape, values: Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => Math.sin(i)) });
/** Three convolutions of different shapes: three tasks to search. */
const model = (): Uint8Array => {
  const node = (operator: string, inputs: readonly string[], output: string, attributes: Readonly<Record<string, OnnxAttribute>>): OnnxNode => ({ name: output, operator, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });
  return writeModel({
    irVersion: 8, producer: 'loopsmith-tests', opsets: new Map([['', 13]]),
    graph: {
      name: 'three', initializers: [weight('w1', [4, 3, 3, 3]), weight('w2', [8, 4, 3, 3]), weight('w3', [4, 8, 1, 1])], inputs: [{ name: 'x', elementType: 1, shape: [1, 3, 12, 12] }], outputs: [{ name: 'y', elementType: 1, shape: [1, 4, 8, 8] }],
      nodes: [node('Conv', ['x', 'w1'], 'a', { kernel_shape: ints(3, 3) }), node('Conv', ['a', 'w2'], 'b', { kernel_shape: ints(3, 3) }), node('Conv', ['b', 'w3'], 'y', { kernel_shape: ints(1, 1) })],
    },
  });
};

const TRIALS = 200;
const search = ['model.onnx', '--target', 'simulated:plain', '--plugin', plugin, '--strategy', 'annealing', '--model', 'gbt', '--trials', String(TRIALS), '--seed', '5'];
const kinds = { a: 'extract,propose,fit', b: 'build', c: 'measure' } as const;
type Kind = keyof typeof kinds;

const recordsOf = (path: string): readonly TuningRecord[] => readFileSync(path, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as TuningRecord);
/** What counts of a record: all but the time. */
const told = (records: readonly TuningRecord[]): readonly string[] => records.map(({ time, ...record }) => { void time; return JSON.stringify(record); }).sort();
/** The candidates of each task in the order of their records. */
const sequences = (records: readonly TuningRecord[]): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries([...new Set(records.map(({ task }) => task))].sort().map((task) => [task, records.filter((record) => record.task === task).map(({ purpose, schedule }) => `${purpose} ${schedule}`)]));

describe('a job on a cluster that is killed', () => {
  const site = new Site({ buildMs: 150, measureMs: 100 });
  after(() => site.remove());

  it('leaves the records, the winner and the proposals of one process that nobody killed, and measures nothing twice but what a kill cut off', async function () {
    needs(this, command('java'), command('mvn'), command('kcat'));
    // no limit that a slow machine could meet: what ends this test is that nothing goes on any more
    this.timeout(1_200_000);
    writeFileSync(join(site.folder, 'model.onnx'), model());
    const alone = new Site(), watch = new Progress(site);
    try {
      writeFileSync(join(alone.folder, 'model.onnx'), model());
      const [, ended] = await watch.during(Promise.all([site.startKafka(), alone.start(['tune', ...search, '--records', 'records.jsonl']).ended]));
      expect(ended.err).to.contain(`Finished ${TRIALS} trials`);
      const expected = recordsOf(join(alone.folder, 'records.jsonl'));

      const running = new Map<Kind, Running>();
      const start = (kind: Kind): Running => {
        const worker = site.start(['worker', '--name', kind, '--stages', kinds[kind], '--brokers', site.brokers, '--target', 'simulated:plain', '--plugin', plugin]);
        running.set(kind, worker);
        watch.note(`${kind} starts`);
        void worker.ended.then(({ code }) => {
          // as --supervise does; anything else is a worker that nobody would start again
          if (code === 75) start(kind);
          else if (code !== 'SIGKILL') watch.fail(`worker ${kind} left with ${code}`);
        });
        return worker;
      };
      await watch.during(Promise.all((Object.keys(kinds) as Kind[]).map((kind) => start(kind).said('"ready":true'))));
      const job = site.start(['tune', ...search, '--records', 'records.jsonl', '--brokers', site.brokers]);

      // twice each kind and once the broker, at points of the run that a seed chooses
      const random = seededRandom(Number(process.env['LOOPSMITH_KILL_SEED'] ?? 12));
      const victims: readonly (Kind | 'broker')[] = (['a', 'b', 'c', 'a', 'b', 'c', 'broker'] as const).map((victim) => ({ victim, order: random.next() })).sort((p, q) => p.order - q.order).map(({ victim }) => victim);
      const points = victims.map(() => 5 + random.below(150)).sort((p, q) => p - q);
      let over = false, kills = 0;
      void job.ended.then(() => { over = true; });
      const killAll = async (): Promise<void> => {
        for (const [i, victim] of victims.entries()) {
          while (watch.begun() < points[i]! && !over && !watch.over) await new Promise((resolve) => { setTimeout(resolve, 10); });
          await new Promise((resolve) => { setTimeout(resolve, random.below(200)); });
          expect(over, `the job ended before kill ${i + 1}`).to.equal(false);
          kills++;
          watch.note(`${victim} is killed`);
          if (victim === 'broker') {
            const [broker] = site.cluster.brokers;
            await broker!.stop('SIGKILL');
            expect((await broker!.restart()).ok).to.equal(true);
            watch.note('broker answers');
          } else {
            const worker = running.get(victim)!;
            worker.process.kill('SIGKILL');
            // one that left by itself at this very moment is started again already
            if ((await worker.ended).code === 'SIGKILL') start(victim);
          }
        }
      };
      await watch.during(killAll());
      const { code, err, out } = await watch.during(job.ended);
      watch.note('the job has ended');
      expect(code, err + out).to.equal(0);

      const records = recordsOf(join(site.folder, 'records.jsonl'));
      expect(told(records)).to.deep.equal(told(expected));
      expect(sequences(records)).to.deep.equal(sequences(expected));
      // the log itself, by another client
      const runs = await readTopic(site.brokers, 'loopsmith.v1.runs'), measured = await readTopic(site.brokers, 'loopsmith.v1.measured'), asked = await readTopic(site.brokers, 'loopsmith.v1.measure');
      const ids = (messages: readonly Readonly<Record<string, unknown>>[]): ReadonlySet<unknown> => new Set(messages.map(({ id }) => id));
      expect([...ids(runs.filter(({ kind }) => kind === 'record'))].sort()).to.deep.equal(expected.map(({ id }) => id).sort());
      expect(ids(measured)).to.deep.equal(ids(asked));
      expect(runs.filter(({ kind }) => kind === 'claim').length).to.be.greaterThan(1);
      expect(await readTopic(site.brokers, 'loopsmith.v1.dead-letters')).to.deep.equal([]);
      // the device's own ledger
      const begunWork = readFileSync(site.ledger, 'utf8').trim().split('\n'), again = begunWork.length - new Set(begunWork).size;
      expect(again).to.be.at.most(kills);
      console.log(`        ${kills} kills: ${records.length} records, ${again} measured again, ${measured.length - ids(measured).size} further copies of ${ids(measured).size} answers\n        ${watch.notes()}`);
    } catch (error) {
      throw watch.told(error);
    } finally {
      watch.end();
      await alone.remove();
    }
  });
});
