/**
 * `npm run faults`: three brokers, workers that build and measure on the simulated device, and everything that can go wrong,
 * again and again: workers killed at marked points, leaders killed and frozen, acknowledgements cut off after the broker has
 * the message. At the end another client counts what the log holds. Prints the row for docs/reliability.md; ends with 1 when
 * anything was lost or counted twice.
 */
import type { Candidate } from '@loopsmith/contracts';
import { parseSchedule } from '@loopsmith/ir';
import { fakeTask } from '@loopsmith/stages/testing';
import { openKafkaTransport } from '@loopsmith/transport-kafka';
import { freePorts } from '@loopsmith/transport-kafka/broker';
import { canonicalJson, seededRandom, shortHash, unwrap, type Json } from '@loopsmith/util';
import { openArtifactStore, taskText, type Outgoing } from '@loopsmith/wire';
import { deviceFingerprint } from '@loopsmith/workers';
import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readTopic, Site } from '../faults/cluster.js';
import { openProxy, requests } from '../faults/proxy.js';
import { simulated } from '../faults/simulated-device.js';
import { pointNames, points, type Order } from './points.js';

const help = `npm run faults -- [options]

  --results N        measurements in all (default: 20000)
  --workers N        processes that build and measure (default: 4)
  --kills N          of workers, at marked points (default: 60)
  --leader-kills N   of brokers, down for five seconds each (default: 5)
  --freezes N        of brokers, for fifteen seconds each (default: 3)
  --cuts N           acknowledgements (default: 200)
  --seed N           of where all this happens (default: 1)
  --logs FILE        what the workers say (default: nowhere)
`;
const text = (value: string) => ({ type: 'string', default: value }) as const;
const { values: options } = parseArgs({ options: { 'results': text('20000'), 'workers': text('4'), 'kills': text('60'), 'leader-kills': text('5'), 'freezes': text('3'), 'cuts': text('200'), 'seed': text('1'), 'logs': text('/dev/null'), 'help': { type: 'boolean', default: false } } });
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}
const whole = (name: 'results' | 'workers' | 'kills' | 'leader-kills' | 'freezes' | 'cuts' | 'seed'): number => {
  const value = options[name];
  if (/^\d{1,7}$/.test(value)) return Number(value);
  process.stderr.write(`--${name} takes a whole number, not "${value}".\n\n${help}`);
  return process.exit(2);
};
/** Candidates per build, as the proposing stage asks for them, and builds that are asked for ahead. */
const BATCH = 8, AHEAD = 16;
const results = Math.ceil(whole('results') / BATCH) * BATCH, random = seededRandom(whole('seed'));
const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const say = (line: string): void => { process.stdout.write(`${((performance.now() - began) / 1000).toFixed(1).padStart(7)} s  ${answered.size} of ${results} results  ${line}\n`); };
const began = performance.now();
// what was started ends with this process; the first signal still has what was seen until then counted and printed
for (const [signal, code] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
  process.once(signal, () => {
    process.once(signal, () => process.exit(code));
    if (askedBuilds.size === 0 || over) process.exit(code);
    say(`stopped by ${signal}; once more leaves without counting`);
    void count().then(() => process.exit(code));
  });
}

// what was asked for, and what came back
const askedBuilds = new Set<string>(), asked = new Set<string>();
const built = new Set<string>(), answered = new Set<string>();
/** While something recovers no more is asked for, so that the results last for all faults. */
let recovering = false;
let deadLetters = 0, lastAnswer = performance.now(), longestGap = 0, stillSeconds = 0;

// three brokers, each behind a proxy that clients and the other brokers use
const site = new Site();
let cutsDue = 0, cuts = 0;
const ports = await freePorts(3);
await site.startKafka(3, { advertisedPorts: ports });
const proxies = await Promise.all(site.cluster.brokers.map(({ port }, i) => openProxy(ports[i]!, port, (request) => {
  if (request !== requests.produce || cutsDue === 0) return 'pass';
  cutsDue--;
  cuts++;
  return 'cut';
})));
const { brokers } = site, folder = join(site.folder, 'workers');
mkdirSync(folder);
const store = openArtifactStore(join(folder, 'store'));
const transport = unwrap(await openKafkaTransport({ brokers: brokers.split(','), prefix: 'storm' }, { log: () => undefined, onStopped: ({ message }) => { throw new Error(message); } }));

// workers, started again whatever they die of
const log = createWriteStream(options.logs, { flags: 'a' });
const workers = new Map<string, ChildProcess>(), ends = new Map<string, number>();
let over = false, kills = 0;
const startWorker = (name: string): Promise<void> => new Promise((resolve) => {
  const child = fork(new URL('./worker.js', import.meta.url), [brokers, name, folder], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...process.env, SIMULATED_LEDGER: site.ledger, SIMULATED_BUILD_MS: '5', SIMULATED_MEASURE_MS: '2' } });
  workers.set(name, child);
  child.stderr!.pipe(log, { end: false });
  child.once('message', () => resolve());
  child.on('exit', (code, signal) => {
    const how = String(signal ?? code);
    ends.set(how, (ends.get(how) ?? 0) + 1);
    if (over) return;
    if (signal === 'SIGKILL') kills++;
    else say(`${name} left with ${how}`);
    void startWorker(name).then(resolve);
  });
});
const names = Array.from({ length: whole('workers') }, (_, i) => `w${i + 1}`);
await Promise.all(names.map(startWorker));
say('brokers and workers are ready');

// the owner's part: builds, and what they give to be measured
const job = shortHash('storm'), { task } = fakeTask(1000), taskName = await store.put(taskText(task));
const target = unwrap(await simulated.resolve('plain')), { environment, protocol } = unwrap(await simulated.device(target, { threads: 1, directory: folder, seed: 1 }));
const device = deviceFingerprint({ target, environment, protocol });
const named = (content: unknown): string => shortHash(canonicalJson(content as Json));
const candidate = (n: number): Candidate => {
  const point = { a: 1 + (n % 97), b: 1 + (Math.floor(n / 97) % 97), c: 1 + Math.floor(n / (97 * 97)) };
  return { id: shortHash(`candidate ${n}`), task: task.key, point, schedule: unwrap(parseSchedule(Object.entries(point).map(([name, value]) => `split Y.${name} by ${value} into ${name}o ${name}i`).join('; '))) };
};
const scheduleText = ({ point }: Candidate): string => Object.entries(point).map(([name, value]) => `split Y.${name} by ${value} into ${name}o ${name}i`).join('; ');
const following = await transport.follow(['built', 'measured', 'dead-letters'], (found) => {
  if (found.topic === 'dead-letters') deadLetters++;
  if (found.topic === 'measured' && !answered.has(found.message.id)) {
    answered.add(found.message.id);
    longestGap = Math.max(longestGap, performance.now() - lastAnswer);
    lastAnswer = performance.now();
    stillSeconds = 0;
  }
  if (found.topic !== 'built' || built.has(found.message.id) || !found.message.outcome.ok) return;
  built.add(found.message.id);
  const messages = found.message.outcome.value.flatMap((one): readonly Outgoing[] => {
    if (!one.ok) return [];
    const content = { task: taskName, again: 0, device, work: { kind: 'measure', artifacts: [one.value], purpose: 'search', repeat: 0, cutoffNs: null } } as const, id = named(content);
    asked.add(id);
    return [{ topic: 'measure', message: { ...content, v: 1, id, job, epoch: 0 } }];
  });
  void transport.send(messages);
});
const sending = (async () => {
  lastAnswer = performance.now();
  for (let first = 0; first < results; first += BATCH) {
    while (recovering || first / BATCH - answered.size / BATCH > AHEAD) await pause(5);
    const content = { task: taskName, again: 0, candidates: Array.from({ length: BATCH }, (_, i) => candidate(first + i)).map((one) => ({ id: one.id, point: one.point, schedule: scheduleText(one) })) }, id = named(content);
    askedBuilds.add(id);
    await transport.send([{ topic: 'build', message: { ...content, v: 1, id, job, epoch: 0 } }]);
  }
})();

// what goes wrong, at results that the seed chooses
const recoveries: number[] = [];
let leaderKills = 0, freezes = 0;
const oldest = (all: ReadonlySet<string>, done: ReadonlySet<string>): string | undefined => [...all].find((id) => !done.has(id));
/** How long after the end of a fault the build and the measurement that had waited longest then were answered. */
const recovered = async (what: string): Promise<void> => {
  recovering = true;
  const end = performance.now(), build = oldest(askedBuilds, built), measurement = oldest(asked, answered);
  while ((build !== undefined && !built.has(build)) || (measurement !== undefined && !answered.has(measurement))) await pause(5);
  recovering = false;
  recoveries.push((performance.now() - end) / 1000);
  say(`${what}; what had waited longest was answered ${recoveries.at(-1)!.toFixed(1)} s later`);
};
const faults: readonly (() => Promise<void>)[] = [
  ...Array.from({ length: whole('kills') }, (_, i) => async () => {
    const point = points[i % points.length]!, name = random.pick(names), before = kills;
    workers.get(name)!.send({ die: point } satisfies Order);
    while (kills === before && answered.size < results) await pause(5);
    await recovered(`${name} is killed: ${pointNames[point]}`);
  }),
  ...Array.from({ length: whole('leader-kills') }, () => async () => {
    const broker = random.pick(site.cluster.brokers);
    await broker.stop('SIGKILL');
    await pause(5000);
    unwrap(await broker.restart());
    leaderKills++;
    await recovered(`broker ${broker.node} was killed for 5 s`);
  }),
  ...Array.from({ length: whole('freezes') }, () => async () => {
    const { pid, node } = random.pick(site.cluster.brokers);
    process.kill(pid!, 'SIGSTOP');
    await pause(15_000);
    process.kill(pid!, 'SIGCONT');
    freezes++;
    await recovered(`broker ${node} was frozen for 15 s`);
  }),
  ...Array.from({ length: Math.ceil(whole('cuts') / 10) }, (_, i) => async () => {
    cutsDue += Math.min(10, whole('cuts') - 10 * i);
    while (cutsDue > 0 && answered.size < results) await pause(5);
    await recovered('acknowledgements were cut');
  }),
];
const planned = faults.map((run) => ({ run, at: Math.floor(results * (0.02 + 0.9 * random.next())) })).sort((a, b) => a.at - b.at);
const STILL_SECONDS = 180;
// counted, not computed from the clock: on a machine that stood still nothing can have gone on
const watching = setInterval(() => {
  if (++stillSeconds < STILL_SECONDS) return;
  say(`no result for ${STILL_SECONDS} s; something was lost or stands still`);
  process.exit(1);
}, 1000);
for (const { run, at } of planned) {
  while (answered.size < at) await pause(10);
  // nothing is left for it to disturb
  if (answered.size >= results) break;
  await run();
}
await sending;
while (answered.size < results && deadLetters === 0) await pause(100);
say('all is answered');
process.exit(await count() ? 0 : 1);

/** What the log holds, by another client, and what the device did, by its own ledger: true when all is answered, once, and in time. */
async function count(): Promise<boolean> {
  const seconds = (performance.now() - began) / 1000, told = new Set(answered);
  over = true;
  clearInterval(watching);
  for (const { pid } of site.cluster.brokers) if (pid !== null) process.kill(pid, 'SIGCONT');
  await Promise.all([...workers.values()].map((child) => new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(null);
    child.on('exit', resolve);
    child.kill('SIGTERM');
  })));
  await following.close();
  await transport.close();
  const measured = (await readTopic(brokers, 'storm.v1.measured')).map(({ id }) => String(id)), letters = (await readTopic(brokers, 'storm.v1.dead-letters')).length;
  // when all is answered nothing is left that waits; when it was stopped, what nobody was told of is not lost yet
  const ids = new Set(measured), waiting = [...asked].filter((id) => !told.has(id)).length, lost = [...told].filter((id) => !ids.has(id)).length;
  const ledger = readFileSync(site.ledger, 'utf8').trim().split('\n'), again = ledger.length - new Set(ledger).size;
  const sorted = recoveries.toSorted((a, b) => a - b), worst = sorted.at(-1) ?? 0, within = sorted.filter((one) => one <= 30).length;
  const size = told.size >= results ? `${results} results` : `${told.size} of ${results} results, then it was stopped with ${waiting} measurements not answered yet`;
  process.stdout.write(`
| three brokers, ${names.length} workers that build and measure on a simulated device, ${size}; ${kills} worker kills at marked points, ${leaderKills} brokers killed for 5 s, ${freezes} frozen for 15 s, ${cuts} acknowledgements cut | ${lost} lost; ${ids.size} answers, ${measured.length - ids.size} further copies, which count once; ${again} measurements begun twice; ${letters} dead letters; half of ${sorted.length} recoveries within ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} s, ${within} within 30 s, the worst ${worst.toFixed(1)} s; at most ${(longestGap / 1000).toFixed(1)} s without a result; ${seconds.toFixed(0)} s in all | \`npm run faults${process.argv.slice(2).map((one) => ` ${one}`).join('').replace(/^ /, ' -- ')}\` |
workers ended by: ${[...ends].map(([how, times]) => `${how} ${times}`).join(', ')}
`);
  // tens of thousands of files: after what is to be read is printed
  for (const proxy of proxies) proxy.close();
  await site.remove();
  return lost === 0 && waiting === 0 && told.size >= results && letters === 0 && worst <= 30;
}
