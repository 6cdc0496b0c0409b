/**
 * How to reach a cluster: from flags, else the environment, else a file of JSON, else a default. Everything that is wrong is said
 * at once. Connects to nothing.
 */
import type { KafkaConfig } from '@loopsmith/transport-kafka';
import { attempt, didYouMean, fail, succeed, type Outcome } from '@loopsmith/util';
import { resolve } from 'node:path';
import { readBytes } from '../files.js';
import type { World } from '../world.js';
import { settings, type Setting, type SettingName } from './setting-list.js';

/** Flags as commander has them; a name here is also one of the file, and in capitals with LOOPSMITH_ before it one of the environment. */
export type ClusterFlags = { readonly [name in SettingName]?: string | boolean } & { readonly config?: string };
export interface ClusterSettings {
  readonly kafka: KafkaConfig;
  /** Folder of the artifact store. */
  readonly store: string;
  readonly replication?: number;
}

const environmentName = (name: SettingName): string => `LOOPSMITH_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
const flagName = (name: SettingName): string => settings[name].flag.split(' ')[0]!;

export const clusterSettings = (world: World, flags: ClusterFlags): Outcome<ClusterSettings> => {
  const faults: string[] = [];
  const file = fileSettings(world, flags.config ?? world.environment['LOOPSMITH_CONFIG'], faults);
  /** The value and where it is from. */
  const found = (name: SettingName): { readonly value: string; readonly from: string } | null => {
    const flag = flags[name], variable = world.environment[environmentName(name)], stored = file[name];
    if (flag !== undefined && flag !== false) return { value: String(flag), from: flagName(name) };
    if (variable !== undefined && variable !== '') return { value: variable, from: environmentName(name) };
    if (stored !== undefined) return { value: String(stored), from: `"${name}" of the file` };
    const { fallback } = settings[name] as Setting;
    return fallback === undefined ? null : { value: fallback, from: 'default' };
  };
  const pem = (name: SettingName): string | undefined => {
    const given = found(name);
    if (!given) return undefined;
    const bytes = attempt(() => readBytes(world.folder, given.value, { code: 'file-missing', stage: 'cluster', message: `there is no file ${given.value}; give a PEM file` }));
    if (!bytes.ok) { faults.push(`${given.from}: ${bytes.failure.message}`); return undefined; }
    const text = bytes.value.toString('utf8');
    if (!text.includes('-----BEGIN ')) faults.push(`${given.from}: ${given.value} is no PEM file (it has no BEGIN line); convert it with openssl`);
    return text;
  };

  const brokers = found('brokers');
  const addresses = brokers ? brokers.value.split(',').map((one) => one.trim()) : [];
  if (!brokers) faults.push('no brokers are named; give --brokers host:port, set LOOPSMITH_BROKERS, or start one with `loopsmith broker`');
  for (const address of addresses)
    if (!/^[^:\s]+:\d{1,5}$/.test(address) || Number(address.split(':')[1]) > 65_535)
      faults.push(`${brokers!.from}: "${address}" is no address; give host:port, several with commas`);
  const prefix = found('prefix')!;
  if (!/^[A-Za-z0-9_-]{1,60}$/.test(prefix.value)) faults.push(`${prefix.from}: "${prefix.value}" cannot begin a topic's name; use letters, digits, - and _`);
  const replication = found('replication');
  if (replication && !/^[1-9]\d?$/.test(replication.value)) faults.push(`${replication.from}: "${replication.value}" is no number of copies; give a whole number from 1 up`);
  const wantsTls = found('tls'), files = { ca: pem('tlsCa'), certificate: pem('tlsCertificate'), key: pem('tlsKey'), serverName: found('tlsServerName')?.value };
  if (wantsTls && !['true', 'false', '1', '0'].includes(wantsTls.value)) faults.push(`${wantsTls.from}: "${wantsTls.value}" is neither true nor false`);
  if ((found('tlsCertificate') === null) !== (found('tlsKey') === null))
    faults.push('a client certificate needs its key and a key its certificate; give --tls-certificate and --tls-key');
  const username = found('saslUsername'), password = found('saslPassword'), mechanism = found('saslMechanism')!;
  if (username && !password) faults.push(`${username.from} names a user without a password; set LOOPSMITH_SASL_PASSWORD`);
  if (password && !username) faults.push(`${password.from} is a password without a user; give --sasl-username`);
  if (!['plain', 'scram-sha-256', 'scram-sha-512'].includes(mechanism.value))
    faults.push(`${mechanism.from}: there is no mechanism "${mechanism.value}"; choose plain, scram-sha-256 or scram-sha-512`);
  if (faults.length > 0)
    return fail({
      code: 'settings-wrong',
      stage: 'cluster',
      message: faults.length === 1 ? faults[0]! : `${faults.length} settings are wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`,
    });

  const tls = ['true', '1'].includes(wantsTls?.value ?? '') || Object.values(files).some((value) => value !== undefined);
  return succeed({
    kafka: {
      brokers: addresses, prefix: prefix.value,
      ...(tls ? { tls: Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined)) } : {}),
      ...(username && password ? { sasl: { mechanism: mechanism.value as 'plain' | 'scram-sha-256' | 'scram-sha-512', username: username.value, password: password.value } } : {}),
    },
    store: resolve(world.folder, found('store')!.value),
    ...(replication ? { replication: Number(replication.value) } : {}),
  });
};

const fileSettings = (world: World, path: string | undefined, faults: string[]): Readonly<Record<string, string | number | boolean>> => {
  if (path === undefined) return {};
  const bytes = attempt(() =>
    readBytes(world.folder, path, {
      code: 'file-missing',
      stage: 'cluster',
      message: `there is no settings file ${path}; give one with --config, or leave it out`,
    }),
  );
  if (!bytes.ok) { faults.push(bytes.failure.message); return {}; }
  let value: unknown;
  try {
    value = JSON.parse(bytes.value.toString('utf8'));
  } catch (error) {
    faults.push(`${path} is no JSON (${error instanceof Error ? error.message : String(error)}); give an object such as {"brokers": "host:9092"}`);
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) { faults.push(`${path} holds no object; give one such as {"brokers": "host:9092"}`); return {}; }
  for (const [name, one] of Object.entries(value)) {
    if (!Object.hasOwn(settings, name)) faults.push(`${path}: there is no setting "${name}"${didYouMean(name, Object.keys(settings))}; there are ${Object.keys(settings).join(', ')}`);
    else if (!['string', 'number', 'boolean'].includes(typeof one)) faults.push(`${path}: "${name}" is no text`);
  }
  return value as Readonly<Record<string, string | number | boolean>>;
};
