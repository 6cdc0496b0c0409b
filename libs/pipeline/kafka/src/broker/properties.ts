/** The configuration of a broker as text: one process that is broker and controller at once, or three of them. Pure. */

export interface BrokerPlace {
  /** From 1. */
  readonly node: number;
  readonly port: number;
  readonly controllerPort: number;
  /** Port that clients are told to use, where something stands between them and the broker. */
  readonly advertisedPort?: number;
  /** Where the log lies. */
  readonly data: string;
}

/** TLS, SASL and access lists for clients: users may do what a list says, the admin all. The link between controllers stays on loopback in plain text, without a name. */
export interface BrokerSecurity {
  /** PEM files: private key and certificates of the broker in one, the certificate authority in the other. */
  readonly keystore: string;
  readonly authority: string;
  /** The user that brokers are to each other; made at format time. */
  readonly admin: User;
  /** Users by SCRAM-SHA-512, made at format time too. */
  readonly users: readonly User[];
  /** Users by PLAIN, for clients that know no SCRAM of today (kcat of Debian 12). */
  readonly plainUsers: readonly User[];
}
export interface User { readonly name: string; readonly password: string }

export interface BrokerOptions {
  /** Address that clients reach it by. */
  readonly host: string;
  readonly place: BrokerPlace;
  readonly all: readonly BrokerPlace[];
  readonly security?: BrokerSecurity;
}

export const brokerProperties = ({ host, place, all, security }: BrokerOptions): string => {
  const copies = Math.min(3, all.length), least = copies > 1 ? 2 : 1;
  const listener = security ? 'SASL_SSL' : 'PLAINTEXT';
  const lines: Readonly<Record<string, string | number>> = {
    'process.roles': 'broker,controller', 'node.id': place.node,
    'controller.quorum.voters': all.map(({ node, controllerPort }) => `${node}@127.0.0.1:${controllerPort}`).join(','),
    'listeners': `${listener}://${host}:${place.port},CONTROLLER://127.0.0.1:${place.controllerPort}`,
    'advertised.listeners': `${listener}://${host}:${place.advertisedPort ?? place.port}`,
    'listener.security.protocol.map': `${listener}:${listener},CONTROLLER:PLAINTEXT`,
    'inter.broker.listener.name': listener, 'controller.listener.names': 'CONTROLLER',
    'log.dirs': place.data, 'auto.create.topics.enable': 'false',
    'offsets.topic.num.partitions': 5, 'offsets.topic.replication.factor': copies,
    // a group that nobody read for a month keeps its place
    'offsets.retention.minutes': 43_200,
    'transaction.state.log.num.partitions': 3, 'transaction.state.log.replication.factor': copies, 'transaction.state.log.min.isr': least,
    'share.coordinator.state.topic.replication.factor': copies, 'share.coordinator.state.topic.min.isr': least,
    'default.replication.factor': copies, 'min.insync.replicas': least, 'unclean.leader.election.enable': 'false',
    'group.initial.rebalance.delay.ms': 0, 'group.min.session.timeout.ms': 1000,
    // a broker that was killed may come back after three seconds in place of nine
    'broker.session.timeout.ms': 3000, 'broker.heartbeat.interval.ms': 500,
    'log.cleaner.dedupe.buffer.size': 2_097_152, 'num.network.threads': 2, 'num.io.threads': 2,
    ...(all.length > 1 ? { 'controller.quorum.election.timeout.ms': 500, 'controller.quorum.fetch.timeout.ms': 1000, 'replica.lag.time.max.ms': 5000 } : {}),
    ...(security ? securityLines(security) : {}),
  };
  return `${Object.entries(lines).map(([name, value]) => `${name}=${value}`).join('\n')}\n`;
};

const securityLines = ({ keystore, authority, admin, plainUsers }: BrokerSecurity): Readonly<Record<string, string>> => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': keystore,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': authority,
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512,PLAIN',
  'sasl.mechanism.inter.broker.protocol': 'SCRAM-SHA-512',
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': `User:${admin.name};User:ANONYMOUS`,
  'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `org.apache.kafka.common.security.scram.ScramLoginModule required username="${admin.name}" password="${admin.password}";`,
  'listener.name.sasl_ssl.plain.sasl.jaas.config': `org.apache.kafka.common.security.plain.PlainLoginModule required ${plainUsers.map(({ name, password }) => `user_${name}="${password}"`).join(' ')};`,
});
