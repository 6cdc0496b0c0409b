/**
 * What a message costs on a real broker: one hop while nothing else is asked for, and requests at a steady rate through workers
 * that have nothing to do but answer. The lag of a request is the time until its answer is read where it was asked.
 */
import type { Artifact } from '@loopsmith/contracts';
import { fakeTask } from '@loopsmith/stages/testing';
import { connectKafka, openKafkaTransport } from '@loopsmith/transport-kafka';
import { shortHash, unwrap } from '@loopsmith/util';
import { kernelText, openArtifactStore, taskText } from '@loopsmith/wire';
import { deviceFingerprint } from '@loopsmith/workers';
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Site } from '../faults/cluster.js';
import { simulated } from '../faults/simulated-device.js';
import type { Order, Weight } from '../storm/points.js';
import { watched, type Bench } from './bench.js';
import { table } from './table.js';

const HOPS = 1000, WORKERS = 8, PER_SECOND = 500, TICK_MS = 20, QUARTERS = 4;
const quantile = (sorted: readonly number[], q: number): number => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });

export const benchMessages = async (bench: Bench): Promise<unknown> => {
  const site = new Site();
  await site.startKafka();
  try {
    const hop = await watched(bench, 'the hops', () => hops(site)), steady = await watched(bench, 'the steady rate', () => steadyRate(site, bench.seconds));
    bench.print(`\nmessages through one broker\n${table(['what', 'messages', 'p50 ms', 'p99 ms', 'worst ms'], [
      ['one hop, idle: send called to handler entered', String(hop.value.length), ...[0.5, 0.99, 1].map((q) => quantile(hop.value, q).toFixed(1))],
      [`${PER_SECOND} requests/s for ${bench.seconds} s, ${WORKERS} workers: asked to answer read`, String(steady.value.lags.length), ...[0.5, 0.99, 1].map((q) => quantile(steady.value.lags, q).toFixed(1))],
    ])}\n${steady.value.perSecond.toFixed(0)} answers/s; ${steady.value.unanswered} requests without an answer when as long again had passed
CPU seconds per 1,000 answers: ${Object.entries(steady.value.cpuSeconds).map(([who, seconds]) => `${who} ${(seconds * 1000 / steady.value.lags.length).toFixed(2)}`).join(', ')}
memory of a worker after each quarter, MiB in use after a collection (held): ${steady.value.memory.map((of) => of.map(({ used, resident }) => `${mebibytes(used)} (${mebibytes(resident)})`).join(' ')).join(', ')}`);
    return { hop, steady };
  } finally {
    await site.remove();
  }
};

const hops = async (site: Site): Promise<readonly number[]> => {
  const topic = 'hops.words', connection = unwrap(await connectKafka({ brokers: site.brokers.split(','), prefix: 'hops' }, [{ name: topic, partitions: 1, retentionMs: -1 }], () => undefined));
  let came: () => void = () => undefined;
  const channel = connection.channel<string>({ topic, group: 'hops', concurrency: 1, keyOf: (value) => value, encode: (value) => value, decode: async (value) => value, onStopped: (error) => { throw error; } });
  channel.deliveries$.subscribe(({ ack }) => { came(); ack(); });
  const times: number[] = [];
  for (let n = 0; n < HOPS + 20; n++) {
    const began = performance.now(), arrived = new Promise<void>((resolve) => { came = resolve; });
    await Promise.all([channel.send(`word ${n}`), arrived.then(() => times.push(performance.now() - began))]);
    await pause(5);
  }
  await channel.close();
  await connection.close();
  // the first ones join the group
  return times.slice(20).sort((a, b) => a - b);
};

interface Steady {
  /** Milliseconds, in ascending order. */
  readonly lags: readonly number[];
  readonly perSecond: number;
  /** Requests that had no answer when as long again had passed. */
  readonly unanswered: number;
  /** CPU time of everything that took part, while requests were sent and answered. */
  readonly cpuSeconds: Readonly<Record<'workers' | 'broker' | 'asker', number>>;
  /** Of each worker, after each quarter of the time. */
  readonly memory: readonly (readonly Weight[])[];
}

const steadyRate = async (site: Site, seconds: number): Promise<Steady> => {
  const store = openArtifactStore(join(site.folder, 'store')), { task } = fakeTask(1000), taskName = await store.put(taskText(task));
  const target = unwrap(await simulated.resolve('plain')), { environment, protocol } = unwrap(await simulated.device(target, { threads: 1, directory: site.folder, seed: 1 })), device = deviceFingerprint({ target, environment, protocol });
  const source = 'split Y.a by 2 into ao ai; split Y.b by 2 into bo bi; split Y.c by 2 into co ci', report: Artifact['report'] = { hotLoopInstructions: 1, hotLoopStackAccesses: 0, sourceBytes: source.length };
  const built = { kernel: await store.put(kernelText({ symbols: ['kernel'], source, buffers: [], scratchBytes: 0, rewritten: task.definition, algorithm: null })), library: await store.put(source), report };
  const workers = await Promise.all(Array.from({ length: WORKERS }, (_, i) => new Promise<ChildProcess>((resolve, reject) => {
    const child = fork(new URL('../storm/worker.js', import.meta.url), [site.brokers, `w${i + 1}`, site.folder], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: ['--expose-gc'], env: { ...process.env, SIMULATED_BUILD_MS: '0', SIMULATED_MEASURE_MS: '0' } });
    child.once('message', () => resolve(child));
    child.once('exit', (code) => reject(new Error(`a worker ended with ${code} before it was ready`)));
  })));
  const transport = unwrap(await openKafkaTransport({ brokers: site.brokers.split(','), prefix: 'storm' }, { log: () => undefined, onStopped: ({ message }) => { throw new Error(message); } }));
  const asked = new Map<string, number>(), lags: number[] = [];
  let lastAnswer = 0;
  const following = await transport.follow(['measured'], ({ topic, message }) => {
    const began = topic === 'measured' ? asked.get(message.id) : undefined;
    if (began === undefined) return;
    asked.delete(topic === 'measured' ? message.id : '');
    lastAnswer = performance.now();
    lags.push(lastAnswer - began);
  });
  const request = (name: string) => {
    const id = shortHash(name);
    asked.set(id, performance.now());
    return { topic: 'measure', message: { v: 1, id, job: shortHash('steady'), epoch: 0, task: taskName, again: 0, device, work: { kind: 'measure', artifacts: [{ id, candidate: id, ...built }], purpose: 'search', repeat: 0, cutoffNs: null } } } as const;
  };
  // the first ones wait until the groups have formed
  await transport.send(Array.from({ length: 25 * WORKERS }, (_, i) => request(`first ${i}`)));
  while (asked.size > 0) await pause(20);
  lags.length = 0;
  const cpu = (): Steady['cpuSeconds'] => ({ workers: workers.reduce((sum, { pid }) => sum + cpuSecondsOf(pid!), 0), broker: cpuSecondsOf(site.cluster.brokers[0]!.pid!), asker: cpuSecondsOf(process.pid) });
  const before = cpu(), began = performance.now(), weighings: Promise<readonly Weight[]>[] = [];
  for (let n = 0; n < seconds * PER_SECOND;) {
    const due = Math.min(seconds * PER_SECOND, Math.floor(((performance.now() - began) / 1000) * PER_SECOND)), messages = [];
    for (; n < due; n++) messages.push(request(`request ${n}`));
    if (messages.length > 0) await transport.send(messages);
    if (n * QUARTERS >= (weighings.length + 1) * seconds * PER_SECOND) weighings.push(Promise.all(workers.map(weightOf)));
    await pause(TICK_MS);
  }
  // workers that cannot keep up would never end it
  const patience = performance.now() + seconds * 1000;
  while (asked.size > 0 && performance.now() < patience) await pause(20);
  const perSecond = lags.length / ((lastAnswer - began) / 1000), unanswered = asked.size, after = cpu();
  const weights = await Promise.all(weighings), memory = workers.map((_, i) => weights.map((of) => of[i]!));
  for (const worker of workers) {
    worker.removeAllListeners('exit');
    worker.kill('SIGTERM');
  }
  await following.close();
  await transport.close();
  return { lags: lags.sort((a, b) => a - b), perSecond, unanswered, memory, cpuSeconds: { workers: after.workers - before.workers, broker: after.broker - before.broker, asker: after.asker - before.asker } };
};

/** So far, of all threads. Linux counts in hundredths of a second. */
const cpuSecondsOf = (pid: number): number => {
  // the name in parentheses may hold anything, so fields are counted behind it
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ').slice(11, 13).map(Number);
  return (user! + system!) / 100;
};

const weightOf = (worker: ChildProcess): Promise<Weight> => new Promise((resolve) => {
  worker.once('message', (weight) => resolve(weight as Weight));
  worker.send('weigh' satisfies Order);
});
