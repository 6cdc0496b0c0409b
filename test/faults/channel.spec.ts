/** Channels over a real broker keep what every channel keeps; the broker that wants TLS and a login is reached with both, and every mistake has its sentence. */
import { channelChecks, type KitValue } from '@loopsmith/kits';
import { command, needs } from '@loopsmith/testing';
import { connectKafka, type Connection, type KafkaConfig } from '@loopsmith/transport-kafka';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Site } from './cluster.js';

describe('a channel over Kafka', () => {
  const site = new Site();
  before(async function () {
    this.timeout(120_000);
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
  for (const { name, run } of channelChecks(newTopic)) it(name, async function () {
    this.timeout(300_000);
    await run();
  });
});

describe('a broker that wants TLS and a login', () => {
  const site = new Site(), path = (name: string): string => join(site.folder, name);
  const admin = { name: 'admin', password: 'admin-secret' }, worker = { name: 'worker', password: 'worker-secret' }, reader = { name: 'reader', password: 'reader-secret' };
  let config: KafkaConfig, ca: string;
  before(async function () {
    this.timeout(120_000);
    needs(this, command('java'), command('mvn'), command('openssl'), command('kcat'));
    const openssl = (...args: readonly string[]): void => { execFileSync('openssl', [...args], { cwd: site.folder, stdio: 'ignore' }); };
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=test-ca');
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'broker.key', '-out', 'broker.csr', '-subj', '/CN=broker');
    writeFileSync(path('broker.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n');
    openssl('x509', '-req', '-in', 'broker.csr', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'broker.ext', '-out', 'broker.crt');
    writeFileSync(path('broker.pem'), ['broker.key', 'broker.crt', 'ca.crt'].map((name) => readFileSync(path(name), 'utf8')).join(''));
    await site.startKafka(1, { security: { keystore: path('broker.pem'), authority: path('ca.crt'), admin, users: [worker], plainUsers: [reader] } });
    ca = readFileSync(path('ca.crt'), 'utf8');
    config = { brokers: [site.brokers], prefix: 'safe', tls: { ca }, sasl: { mechanism: 'scram-sha-512', username: worker.name, password: worker.password } };
  });
  after(() => site.remove());

  it('is reached with both, and another client reads what was sent', async function () {
    this.timeout(300_000);
    const connection = unwrap(await connectKafka(config, [{ name: 'safe.words', partitions: 1, retentionMs: -1 }], () => undefined));
    await connection.lane.send([{ topic: 'safe.words', key: 'k', value: 'over TLS' }]);
    await connection.close();
    const read = spawnSync('kcat', ['-C', '-b', site.brokers, '-t', 'safe.words', '-e', '-q', '-o', 'beginning', '-X', 'security.protocol=SASL_SSL', '-X', `ssl.ca.location=${path('ca.crt')}`, '-X', 'sasl.mechanisms=PLAIN', '-X', `sasl.username=${reader.name}`, '-X', `sasl.password=${reader.password}`], { encoding: 'utf8' });
    expect(read.stdout.trim(), read.stderr).to.equal('over TLS');
  });

  const mistakes: readonly (readonly [string, (config: KafkaConfig) => KafkaConfig, RegExp])[] = [
    ['a wrong password', (right) => ({ ...right, sasl: { ...right.sasl!, password: 'wrong' } }), /^the broker at 127\.0\.0\.1:\d+ refused the login of "worker"; check the user name and the password, and that the user was made for scram-sha-512$/],
    ['a mechanism that is not there', (right) => ({ ...right, sasl: { ...right.sasl!, mechanism: 'scram-sha-256' } }), /^the broker at 127\.0\.0\.1:\d+ does not offer scram-sha-256; choose another with --sasl-mechanism \(plain, scram-sha-256, scram-sha-512\)$/],
    ['no login', ({ sasl, ...right }) => { void sasl; return right; }, /^the broker at 127\.0\.0\.1:\d+ closed the connection after TLS was set up; it may want a login: add --sasl-username and --sasl-password$/],
    ['no TLS', ({ tls, ...right }) => { void tls; return right; }, /^the broker at 127\.0\.0\.1:\d+ closed the connection at the first words; its port may want TLS: add --tls \(and --tls-ca\)$/],
    ['an authority that is not known', (right) => ({ ...right, tls: {} }), /^the certificate of the broker at 127\.0\.0\.1:\d+ is signed by an authority that is not trusted here; give the authority's PEM file with --tls-ca$/],
    ['another name in the certificate', (right) => ({ ...right, tls: { ...right.tls, serverName: 'elsewhere' } }), /^the certificate of the broker at 127\.0\.0\.1:\d+ is for another name; give the name in it with --tls-server-name, or the address it was made for$/],
    ['nothing that listens', (right) => ({ ...right, brokers: ['127.0.0.1:1'] }), /^nothing listens at 127\.0\.0\.1:1; start a broker with `loopsmith broker`, or check host and port$/],
  ];
  for (const [name, change, sentence] of mistakes) it(`has a sentence for ${name}`, async function () {
    this.timeout(300_000);
    const refused = await connectKafka(change(config), [], () => undefined);
    expect(refused.ok).to.equal(false);
    if (!refused.ok) expect(refused.failure.message).to.match(sentence);
  });
});
