/** Channels over a real broker keep what every channel keeps; the broker that wants TLS and a login is reached with both, and every mistake has its sentence. */
import { channelChecks, type KitValue } from '@loopsmith/kits';
import { command, needs } from '@loopsmith/testing';
import { connectKafka, openKafkaTransport, type Connection, type KafkaChannel, type KafkaConfig, type TopicSettings } from '@loopsmith/transport-kafka';
import { grantAccess } from '@loopsmith/transport-kafka/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Site } from './cluster.js';

describe('a channel over Kafka', () => {
  const site = new Site();
  before(async function () {
    needs(this, command('java'), command('mvn'));
    await site.startKafka();
  });
  after(() => site.remove());
  let topics = 0;
  const newTopic = async () => {
    const topic = `kit-${topics++}`;
    const connection: Connection = unwrap(await connectKafka({ brokers: site.brokers.split(','), prefix: 'kit' }, [{ name: topic, partitions: 4, retentionMs: -1 }], () => undefined));
    return {
      open: () => connection.channel<KitValue>({ topic, group: topic, concurrency: 1, keyOf: ({ key }) => key, encode: JSON.stringify, decode: async (text) => JSON.parse(text) as KitValue, onStopped: (error) => { throw error; } }),
      close: () => connection.close(),
    };
  };
  for (const { name, run } of channelChecks(newTopic)) it(name, async () => {
    await run();
  });

  it('is read from its beginning by who is in no hurry, and all that was there has been read when it is asked for', async () => {
    const topic = 'kit-read', connection = unwrap(await connectKafka({ brokers: [site.brokers], prefix: 'kit' }, [{ name: topic, partitions: 4, retentionMs: -1 }], () => undefined));
    const words = ['one', 'two', 'three'], read: string[] = [], send = (value: string) => connection.lane.send([{ topic, key: value, value }]);
    await send(words[0]!);
    const tail = connection.tail([topic], ({ value }) => read.push(value), (error) => { throw error; }, true);
    await tail.caughtUp();
    expect(read).to.deep.equal(words.slice(0, 1));
    for (const word of words.slice(1)) await send(word);
    await tail.caughtUp();
    expect(read).to.have.members(words);
    await tail.close();
    await connection.close();
  });

  it('tells when a message came by the clock of the broker, whatever that of its sender says', async function () {
    const topic = 'kit-times', connection = unwrap(await connectKafka({ brokers: [site.brokers], prefix: 'kit' }, [{ name: topic, partitions: 1, retentionMs: -1 }], () => undefined));
    const { now } = Date, times: number[] = [], before = now();
    try {
      Date.now = () => now() - 3_600_000;
      await connection.lane.send([{ topic, key: 'a', value: 'a' }]);
    } finally {
      Date.now = now;
    }
    const tail = connection.tail([topic], ({ timestamp }) => times.push(timestamp), (error) => { throw error; });
    await tail.caughtUp();
    expect(times).to.have.length(1);
    // the broker is on this machine
    expect(times[0]).to.be.within(before - 1000, now() + 1000);
    await tail.close();
    await connection.close();
  });

  // this broker has neither TLS nor a login
  const mistakes: readonly (readonly [string, (controller: string) => Partial<KafkaConfig>, RegExp])[] = [
    ['a login where none is asked for', () => ({ sasl: { mechanism: 'plain', username: 'worker', password: 'worker-secret' } }), /^the broker at 127\.0\.0\.1:\d+ asks for no login on this port; leave the SASL options out, or give the port that does$/],
    ['TLS where there is none', () => ({ tls: {} }), /^the broker at 127\.0\.0\.1:\d+ speaks no TLS on this port; leave the TLS options out, or give the port that does$/],
    ['the port of a controller', (controller) => ({ brokers: [controller] }), /^the port in 127\.0\.0\.1:\d+ answers, but serves no clients \(it may be a controller's\); give the port of the broker's client listener$/],
    ['nothing that listens', () => ({ brokers: ['127.0.0.1:1'] }), /^nothing listens at 127\.0\.0\.1:1; start a broker with `loopsmith broker`, or check host and port$/],
  ];
  for (const [name, change, sentence] of mistakes) it(`has a sentence for ${name}`, async () => {
    const [, controller] = /^listeners=.*CONTROLLER:\/\/(\S+)$/m.exec(readFileSync(join(site.folder, 'kafka', 'broker-1.properties'), 'utf8'))!;
    expect(await refusal({ brokers: [site.brokers], prefix: 'kit', ...change(controller!) })).to.match(sentence);
  });
});

/** What the start says of a configuration that cannot work. */
const refusal = async (config: KafkaConfig, topics: readonly TopicSettings[] = []): Promise<string> => {
  const connected = await connectKafka(config, topics, () => undefined);
  return connected.ok ? 'it was not refused' : connected.failure.message;
};

describe('a broker that wants TLS and a login', () => {
  const site = new Site(), path = (name: string): string => join(site.folder, name);
  const admin = { name: 'admin', password: 'admin-secret' }, worker = { name: 'worker', password: 'worker-secret' }, reader = { name: 'reader', password: 'reader-secret' };
  let config: KafkaConfig, ca: string;
  const plain = { concurrency: 1, keyOf: (value: string) => value, encode: (value: string) => value, decode: async (value: string) => value };
  before(async function () {
    needs(this, command('java'), command('mvn'), command('openssl'), command('kcat'));
    const openssl = (...args: readonly string[]): void => { execFileSync('openssl', [...args], { cwd: site.folder, stdio: 'ignore' }); };
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca');
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'broker.key', '-out', 'broker.csr', '-subj', '/CN=broker');
    writeFileSync(path('broker.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
    openssl('x509', '-req', '-in', 'broker.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'broker.ext', '-out', 'broker.crt');
    writeFileSync(path('broker.pem'), ['broker.key', 'broker.crt', 'ca.crt'].map((name) => readFileSync(path(name), 'utf8')).join(''));
    await site.startKafka(1, { security: { keystore: path('broker.pem'), authority: path('ca.crt'), admin, users: [worker], plainUsers: [reader] } });
    ca = readFileSync(path('ca.crt'), 'utf8');
    await grantAccess({ brokers: [site.brokers], prefix: '', tls: { ca }, sasl: { mechanism: 'scram-sha-512', username: admin.name, password: admin.password } }, [
      { user: worker.name, topics: 'safe.', groups: 'safe.' }, { user: reader.name, topics: 'safe.', groups: 'safe.' }, { user: worker.name, topics: 'groupless.' }, { user: worker.name, topics: 'unwritable.', unwritable: true },
    ]);
    config = { brokers: [site.brokers], prefix: 'safe', tls: { ca }, sasl: { mechanism: 'scram-sha-512', username: worker.name, password: worker.password } };
  });
  after(() => site.remove());

  it('is reached with both, with the rights that its sentences name, and another client reads what was sent', async () => {
    const connection = unwrap(await connectKafka(config, [{ name: 'safe.words', partitions: 1, retentionMs: -1 }], () => undefined));
    const channel = connection.channel<string>({ ...plain, topic: 'safe.words', group: 'safe.readers', onStopped: (error) => { throw error; } });
    const received = new Promise((resolve) => { channel.deliveries$.subscribe(({ value, ack }) => { ack(); resolve(value); }); });
    // nothing to send keeps nobody from sending
    await connection.lane.send([]);
    await connection.lane.send([{ topic: 'safe.words', key: 'k', value: 'over TLS' }]);
    expect(await received).to.equal('over TLS');
    await channel.close();
    await connection.close();
    const read = spawnSync('kcat', ['-C', '-b', site.brokers, '-t', 'safe.words', '-e', '-q', '-o', 'beginning', '-X', 'security.protocol=SASL_SSL', '-X', `ssl.ca.location=${path('ca.crt')}`, '-X', 'sasl.mechanisms=PLAIN', '-X', `sasl.username=${reader.name}`, '-X', `sasl.password=${reader.password}`], { encoding: 'utf8' });
    expect(read.stdout.trim(), read.stderr).to.equal('over TLS');
  });

  const mistakes: readonly (readonly [string, (config: KafkaConfig) => KafkaConfig, RegExp])[] = [
    ['a wrong password', (right) => ({ ...right, sasl: { ...right.sasl!, password: 'wrong' } }), /^the broker at 127\.0\.0\.1:\d+ refused the login of "worker"; check the user name and the password, and that the user was made for scram-sha-512$/],
    ['a user that is not there', (right) => ({ ...right, sasl: { ...right.sasl!, username: 'nobody' } }), /^the broker at 127\.0\.0\.1:\d+ refused the login of "nobody"; check the user name and the password, and that the user was made for scram-sha-512$/],
    ['a user that another mechanism knows', (right) => ({ ...right, sasl: { ...right.sasl!, mechanism: 'plain' } }), /^the broker at 127\.0\.0\.1:\d+ refused the login of "worker"; check the user name and the password, and that the user was made for plain$/],
    ['a mechanism that is not there', (right) => ({ ...right, sasl: { ...right.sasl!, mechanism: 'scram-sha-256' } }), /^the broker at 127\.0\.0\.1:\d+ does not offer scram-sha-256; choose another with --sasl-mechanism \(plain, scram-sha-256, scram-sha-512\)$/],
    ['no login', ({ sasl, ...right }) => { void sasl; return right; }, /^the broker at 127\.0\.0\.1:\d+ closed the connection after TLS was set up; it may want a login: add --sasl-username and --sasl-password$/],
    ['no TLS', ({ tls, ...right }) => { void tls; return right; }, /^the broker at 127\.0\.0\.1:\d+ closed the connection at the first words; its port may want TLS, so add --tls \(and --tls-ca\), or belong to something that is no broker$/],
    ['an authority that is not known', (right) => ({ ...right, tls: {} }), /^the certificate of the broker at 127\.0\.0\.1:\d+ is signed by an authority that is not trusted here; give the authority's PEM file with --tls-ca$/],
    ['another name in the certificate', (right) => ({ ...right, tls: { ...right.tls, serverName: 'elsewhere' } }), /^the certificate of the broker at 127\.0\.0\.1:\d+ is for another name; give the name in it with --tls-server-name, or the address it was made for$/],
  ];
  for (const [name, change, sentence] of mistakes) it(`has a sentence for ${name}`, async () => {
    expect(await refusal(change(config))).to.match(sentence);
  });
  it('has a sentence for topics that a user may not use', async () => {
    expect(await refusal({ ...config, prefix: 'closed' }, [{ name: 'closed.words', partitions: 1, retentionMs: -1 }])).to.match(/^user "worker" may not use the topics closed\.\* at 127\.0\.0\.1:\d+; give it READ, WRITE, DESCRIBE and CREATE on topics with that prefix$/);
  });
  it('has a sentence for topics that a user may not write', async () => {
    const transport = unwrap(await openKafkaTransport({ ...config, prefix: 'unwritable' }, { log: () => undefined, onStopped: () => undefined }));
    const cancelled = { topic: 'jobs', message: { v: 1, kind: 'cancelled', job: 'job', time: '' } } as const;
    for (const send of [() => transport.send([cancelled]), () => transport.sendAlone(cancelled)])
      expect(await send().then(() => 'it was sent', (error: Error) => `${error.name}: ${error.message}`)).to.match(/^FailureError: user "worker" may not use the topics unwritable\.\* at 127\.0\.0\.1:\d+; give it READ, WRITE, DESCRIBE and CREATE on topics with that prefix$/);
    await transport.close();
  });
  it('has a sentence for groups that a user may not join', async () => {
    const connection = unwrap(await connectKafka({ ...config, prefix: 'groupless' }, [{ name: 'groupless.words', partitions: 1, retentionMs: -1 }], () => undefined));
    const [channel, stopped] = await new Promise<readonly [KafkaChannel<string>, unknown]>((resolve) => {
      const opened: KafkaChannel<string> = connection.channel<string>({ ...plain, topic: 'groupless.words', group: 'groupless.readers', onStopped: (error) => resolve([opened, error]) });
      opened.deliveries$.subscribe();
    });
    expect(connection.explain(stopped, 'receiving').message).to.match(/^user "worker" may not join the groups groupless\.\* at 127\.0\.0\.1:\d+; give it READ on groups with that prefix$/);
    await channel.close();
    await connection.close();
  });
});
