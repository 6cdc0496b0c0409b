/** The settings of a cluster by name: their flag, what they mean, their default. Reads none of them, and imports nothing heavy: `--help` passes through here. */
import { defaults } from '../plugins.js';

export interface Setting { readonly flag: string; readonly what: string; readonly fallback?: string }
export const settings = {
  brokers: { flag: '--brokers <host:port,…>', what: 'addresses of a Kafka cluster' },
  prefix: { flag: '--prefix <name>', what: 'what topics and groups begin with', fallback: 'loopsmith' },
  store: { flag: '--store <folder>', what: 'the artifact store, a folder that all workers share', fallback: `${defaults.state}/store` },
  replication: { flag: '--replication <n>', what: 'copies of new topics (default: the cluster\'s)' },
  tls: { flag: '--tls', what: 'speak TLS to the brokers' },
  tlsCa: { flag: '--tls-ca <file>', what: 'PEM file of the authority that signed the brokers\' certificates' },
  tlsCertificate: { flag: '--tls-certificate <file>', what: 'PEM file of this client\'s certificate' },
  tlsKey: { flag: '--tls-key <file>', what: 'PEM file of this client\'s key' },
  tlsServerName: { flag: '--tls-server-name <name>', what: 'name in the brokers\' certificates, where it is not their address' },
  saslMechanism: { flag: '--sasl-mechanism <name>', what: 'plain, scram-sha-256 or scram-sha-512', fallback: 'scram-sha-512' },
  saslUsername: { flag: '--sasl-username <name>', what: 'log in as this user' },
  saslPassword: { flag: '--sasl-password <word>', what: 'its password; better in LOOPSMITH_SASL_PASSWORD' },
} as const satisfies Readonly<Record<string, Setting>>;
export type SettingName = keyof typeof settings;
