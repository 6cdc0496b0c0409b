/** A reader, a receiver and the lane out go on after what kafkajs alone does not recover from: no coordinator for a while, answers cut and answers cut in half. */
import { command, needs } from '@loopsmith/testing';
import { connectKafka, type Connection, type KafkaChannel, type Tail } from '@loopsmith/transport-kafka';
import { freePorts } from '@loopsmith/transport-kafka/broker';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { Site } from './cluster.js';
import { openProxy, requests, type Fate, type Proxy } from './proxy.js';

const until = async (holds: () => boolean): Promise<void> => { while (!holds()) await new Promise((resolve) => { setTimeout(resolve, 20); }); };

describe('a client whose broker fails in the middle', () => {
  const site = new Site();
  let proxy: Proxy, fate: (request: number) => Fate, connection: Connection, tail: Tail, channel: KafkaChannel<string>;
  const topic = 'faulty', said: string[] = [];
  const read: string[] = [], received: string[] = [];
  before(async function () {
    needs(this, command('java'), command('mvn'));
    const [port] = await freePorts(1);
    await site.startKafka(1, { advertisedPorts: [port!] });
    fate = () => 'pass';
    proxy = await openProxy(port!, site.cluster.brokers[0]!.port, (request) => fate(request));
    connection = unwrap(await connectKafka({ brokers: [`127.0.0.1:${port}`], prefix: 'faulty' }, [{ name: topic, partitions: 2, retentionMs: -1 }], (_, text) => said.push(text)));
    const stopped = (error: unknown): never => { throw error; };
    tail = connection.tail([topic], ({ value }) => read.push(value), stopped);
    channel = connection.channel<string>({ topic, group: 'faulty', concurrency: 1, keyOf: (value) => value, encode: (value) => value, decode: async (value) => value, onStopped: stopped });
    channel.deliveries$.subscribe(({ value, ack }) => { received.push(value); ack(); });
  });
  after(async () => {
    await Promise.all([tail.close(), channel.close()]);
    await connection.close();
    proxy.close();
    await site.remove();
  });
  let sent = 0;
  /** Sends values one after the other, and waits until both have them all. */
  const roundTrip = async (count: number): Promise<void> => {
    const values = Array.from({ length: count }, () => `value ${sent++} ${'.'.repeat(2000)}`);
    for (const value of values) await connection.lane.send([{ topic, key: value, value }]);
    await until(() => values.every((value) => read.includes(value) && received.includes(value)));
  };

  it('loses nothing when every third acknowledgement is cut off, and sends again what was cut', async () => {
    await roundTrip(5);
    let produced = 0;
    fate = (request) => (request === requests.produce && ++produced % 3 === 0 ? 'cut' : 'pass');
    await roundTrip(30);
    fate = () => 'pass';
    expect(produced).to.be.greaterThan(30);
  });

  it('reads on after answers that ended in the middle', async () => {
    let fetched = 0, halves = 0;
    fate = (request) => (request === requests.fetch && ++fetched % 4 === 0 && halves < 20 ? (halves++, 'half') : 'pass');
    await roundTrip(30);
    await until(() => halves === 20);
    fate = () => 'pass';
    await roundTrip(1);
  });

  it('joins again when for a while nobody knows its coordinator, which kafkajs gives up on', async () => {
    let asked = 0;
    said.length = 0;
    // neither fetches nor heartbeats, so that both give up and begin anew, and then no coordinator
    fate = (request) => (request === requests.findCoordinator ? (asked++, 'cut') : [requests.fetch, requests.heartbeat].some((one) => one === request) && asked === 0 ? 'cut' : 'pass');
    await until(() => said.some((text) => /begins again.*Failed to find group coordinator/.test(text)));
    fate = () => 'pass';
    await roundTrip(5);
    expect(asked).to.be.greaterThan(0);
  });
});
