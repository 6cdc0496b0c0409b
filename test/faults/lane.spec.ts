/** What the lane has told as sent is in the log, also when a leader freezes and another broker of the same batch takes its place, which kafkajs alone gets wrong. */
import { command, needs } from '@loopsmith/testing';
import { connectKafka, type Connection } from '@loopsmith/transport-kafka';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { readMessages, Site } from './cluster.js';

describe('a batch to three brokers', () => {
  const site = new Site(), topic = 'spread';
  let connection: Connection;
  before(async function () {
    needs(this, command('java'), command('mvn'), command('kcat'));
    await site.startKafka(3);
    connection = unwrap(await connectKafka({ brokers: site.brokers.split(','), prefix: 'spread' }, [{ name: topic, partitions: 12, retentionMs: -1 }], () => undefined));
  });
  after(async () => {
    await connection.close();
    await site.remove();
  });

  it('is all there when it is told as sent, though one of them is frozen', async function () {
    const batch = (name: string) => Array.from({ length: 48 }, (_, i) => ({ topic, key: `key ${i}`, value: `${name} ${i}` }));
    const before = batch('before'), later = batch('later');
    await connection.lane.send(before);
    // the others answer soon, and lead the partitions of this one when the client gives up on it
    process.kill(site.cluster.brokers[2]!.pid!, 'SIGSTOP');
    await connection.lane.send(later);
    const there = new Set(await readMessages(site.brokers, topic)), missing = [...before, ...later].filter(({ value }) => !there.has(value)).map(({ value }) => value);
    expect(missing).to.deep.equal([]);
  });
});
