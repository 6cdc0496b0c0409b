/**
 * A worker of the storm: the library's own, over Kafka, on the simulated device. What it is given is wrapped, so that it dies,
 * as if by `kill -9`, the next time it comes past the point that its parent names. Leaves with 75 when Kafka gave up on it.
 */
import type { Builder, Device } from '@loopsmith/contracts';
import { openKafkaTransport } from '@loopsmith/transport-kafka';
import { unwrap } from '@loopsmith/util';
import { openArtifactStore, type Transport } from '@loopsmith/wire';
import { openOutbox, startWorker, type Outbox } from '@loopsmith/workers';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { simulated } from '../faults/simulated-device.js';
import type { Order, Point, Weight } from './points.js';

const [brokers, name, folder] = process.argv.slice(2) as [string, string, string];
let due: Point | null = null;
process.on('message', (order: Order) => { if (order === 'weigh') process.send!(weight()); else due = order.die; });
// its parent is gone, however it went
process.on('disconnect', () => process.exit(1));
const pass = (point: Point): void => { if (due === point) process.kill(process.pid, 'SIGKILL'); };

/** Collects first where Node was started with --expose-gc. */
const weight = (): Weight => {
  global.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: heapUsed + external, resident: rss };
};

const mortalOutbox = (outbox: Outbox): Outbox => ({
  ...outbox,
  begin: (id) => {
    pass('fetched');
    return outbox.begin(id);
  },
  done: async (id, messages, company) => {
    pass('worked');
    await outbox.done(id, messages, company);
    pass('journalled');
  },
});
const mortalTransport = (transport: Transport): Transport => ({
  ...transport,
  send: async (messages) => {
    await transport.send(messages);
    if (messages.some(({ topic }) => topic === 'built' || topic === 'measured')) pass('sent');
  },
});
const mortalBuilder = (builder: Builder): Builder => ({
  ...builder,
  build: async (task, batch) => {
    const built = await builder.build(task, batch);
    pass('built');
    return built;
  },
});
const mortalDevice = (device: Device): Device => ({
  ...device,
  prepare: async (task) => {
    const prepared = await device.prepare(task);
    return prepared.ok ? { ok: true, value: { ...prepared.value, measure: async (artifact, request) => { const measured = await prepared.value.measure(artifact, request); pass('built'); return measured; } } } : prepared;
  },
});

const home = join(folder, name), libraries = join(home, 'libraries');
mkdirSync(libraries, { recursive: true });
const leave = (why: string): never => {
  process.stderr.write(`${name} leaves: ${why}\n`);
  process.exit(75);
};
const say = (level: string, text: string, fields: object = {}): void => { process.stderr.write(`${new Date().toISOString()} ${name} ${level} ${text} ${JSON.stringify(fields)}\n`); };
const connected = await openKafkaTransport({ brokers: brokers.split(','), prefix: 'storm' }, { log: say, onStopped: ({ message }) => leave(message) });
const transport = connected.ok ? connected.value : leave(connected.failure.message);
const target = unwrap(await simulated.resolve('plain')), builder = unwrap(await simulated.builder(target, libraries)), device = unwrap(await simulated.device(target, { threads: 1, directory: libraries, seed: 1 }));
const none = { get: () => { throw new Error('a worker of the storm proposes, extracts and fits nothing'); } };
const worker = unwrap(await startWorker({
  name, stages: ['build', 'measure'], transport: mortalTransport(transport), store: openArtifactStore(join(folder, 'store')), outbox: mortalOutbox(openOutbox(home)),
  plugins: { frontends: none, hardware: none, strategies: none, costModels: none }, log: say,
  now: () => Date.now(), counted: () => undefined, builder: mortalBuilder(builder),
  device: { device: mortalDevice(device), description: { hardware: simulated.id, target, environment: device.environment, protocol: device.protocol }, directory: libraries },
}));
setInterval(() => { if (transport.silentFor() > 60_000) leave('the broker said nothing for 60 s'); }, 1000);
process.on('SIGTERM', () => { void worker.stop().then(() => transport.close()).then(() => process.exit(0)); });
process.send!('ready');
