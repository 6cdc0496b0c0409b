/** Settings: flags before variables before the file, and everything that is wrong at once. */
import { expect } from 'chai';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { World } from '../world.js';
import { clusterSettings, type ClusterFlags } from './settings.js';

describe('settings of a cluster', () => {
  let folder: string;
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-settings-')); });
  afterEach(() => rmSync(folder, { recursive: true }));
  const read = (flags: ClusterFlags, environment: Readonly<Record<string, string>> = {}) => clusterSettings({ folder, environment } as unknown as World, flags);

  it('take flags first, then variables, then the file, then defaults', () => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ brokers: 'file:1', prefix: 'file', store: 'file-store', saslUsername: 'me' }));
    expect(read({ brokers: 'flag:1', config: 'c.json' }, { LOOPSMITH_BROKERS: 'variable:1', LOOPSMITH_PREFIX: 'variable', LOOPSMITH_SASL_PASSWORD: 'secret' })).to.deep.equal({
      ok: true,
      value: { kafka: { brokers: ['flag:1'], prefix: 'variable', sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'secret' } }, store: join(folder, 'file-store') },
    });
    expect(read({ brokers: 'a:1,b:2', tls: true })).to.deep.equal({ ok: true, value: { kafka: { brokers: ['a:1', 'b:2'], prefix: 'loopsmith', tls: {} }, store: join(folder, '.loopsmith/store') } });
  });

  it('say everything that is wrong at once', () => {
    writeFileSync(join(folder, 'c.json'), JSON.stringify({ broker: 'file:1', replication: 'many' }));
    writeFileSync(join(folder, 'ca'), 'words');
    const refused = read({ config: 'c.json', brokers: 'host,other:65536', tlsCa: 'ca', tlsKey: 'nowhere', saslUsername: 'me', saslMechanism: 'word' }, { LOOPSMITH_PREFIX: 'a b' });
    expect(refused.ok ? '' : refused.failure.message).to.equal(`10 settings are wrong:
  - c.json: there is no setting "broker" (did you mean brokers?); there are brokers, prefix, store, replication, tls, tlsCa, tlsCertificate, tlsKey, tlsServerName, saslMechanism, saslUsername, saslPassword
  - --brokers: "host" is no address; give host:port, several with commas
  - --brokers: "other:65536" is no address; give host:port, several with commas
  - LOOPSMITH_PREFIX: "a b" cannot begin a topic's name; use letters, digits, - and _
  - "replication" of the file: "many" is no number of copies; give a whole number from 1 up
  - --tls-ca: ca is no PEM file (it has no BEGIN line); convert it with openssl
  - --tls-key: there is no file nowhere; give a PEM file
  - a client certificate needs its key and a key its certificate; give --tls-certificate and --tls-key
  - --sasl-username names a user without a password; set LOOPSMITH_SASL_PASSWORD
  - --sasl-mechanism: there is no mechanism "word"; choose plain, scram-sha-256 or scram-sha-512`);
  });

  it('say what a file cannot be', () => {
    const folders = read({ brokers: 'host:1', config: '.', tlsCa: '.' });
    expect(folders.ok ? '' : folders.failure.message).to.equal('2 settings are wrong:\n  - . is a folder; give a file\n  - --tls-ca: . is a folder; give a file');
    const absent = read({ brokers: 'host:1', config: 'none.json' });
    expect(absent.ok ? '' : absent.failure.message).to.equal('there is no settings file none.json; give one with --config, or leave it out');
  });

  it('say the way out when no brokers are named', () => {
    expect(read({})).to.deep.equal({ ok: false, failure: { code: 'settings-wrong', stage: 'cluster', message: 'no brokers are named; give --brokers host:port, set LOOPSMITH_BROKERS, or start one with `loopsmith broker`' } });
  });
});
