/** One broker or three on this machine, on ports that are given or free. Ready when every one answers. */
import { succeed, type Outcome } from '@loopsmith/util';
import { join } from 'node:path';
import type { KafkaArtifacts } from './artifacts.js';
import { freePorts } from './ports.js';
import { brokerProperties, type BrokerPlace, type BrokerSecurity } from './properties.js';
import { startBroker, type Broker } from './start-broker.js';

export interface ClusterOptions {
  /** Logs, data, configuration. */
  readonly folder: string;
  readonly nodes: 1 | 3;
  readonly host?: string;
  /** Of the first broker; its controller takes the next, and further brokers go on from there. Absent: free ones. */
  readonly port?: number;
  /** Of each broker: the port that clients are told to use, of what stands between them and the broker. */
  readonly advertisedPorts?: readonly number[];
  readonly security?: BrokerSecurity;
}
export interface Cluster {
  readonly brokers: readonly Broker[];
  /** `host:port,host:port` */
  readonly addresses: string;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

const places = async ({ folder, nodes, port, advertisedPorts }: ClusterOptions): Promise<readonly BrokerPlace[]> => {
  const ports = port === undefined ? await freePorts(2 * nodes) : Array.from({ length: 2 * nodes }, (_, i) => port + i);
  return Array.from({ length: nodes }, (_, i): BrokerPlace => ({
    node: i + 1,
    port: ports[2 * i]!,
    controllerPort: ports[2 * i + 1]!,
    data: join(folder, `data-${i + 1}`),
    ...(advertisedPorts ? { advertisedPort: advertisedPorts[i]! } : {}),
  }));
};

/** The configuration that `startCluster` would write, by file name. */
export const clusterConfiguration = async (options: ClusterOptions): Promise<ReadonlyMap<string, string>> => {
  const all = await places(options);
  return new Map(all.map((place) => [`broker-${place.node}.properties`, brokerProperties(optionsOf(options, place, all))]));
};

const optionsOf = ({ host = '127.0.0.1', security }: ClusterOptions, place: BrokerPlace, all: readonly BrokerPlace[]): Parameters<typeof startBroker>[2] =>
  ({ host, place, all, ...(security ? { security } : {}) });

export const startCluster = async (artifacts: KafkaArtifacts, options: ClusterOptions): Promise<Outcome<Cluster>> => {
  const all = await places(options);
  // side by side: one of three answers only when there is a quorum
  const started = await Promise.all(all.map((place) => startBroker(artifacts, options.folder, optionsOf(options, place, all))));
  const brokers = started.flatMap((broker) => (broker.ok ? [broker.value] : []));
  const failed = started.find((broker) => !broker.ok);
  if (failed && !failed.ok) {
    await Promise.all(brokers.map((broker) => broker.stop('SIGKILL')));
    return failed;
  }
  return succeed({
    brokers, addresses: brokers.map(({ address }) => address).join(','),
    stop: async (signal = 'SIGTERM') => {
      // stopped at once, the last of three may wait for the others for ever
      const impatient = brokers.length === 1 ? undefined : setTimeout(() => { for (const broker of brokers) void broker.stop('SIGKILL'); }, 3000);
      await Promise.all(brokers.map((broker) => broker.stop(signal)));
      clearTimeout(impatient);
    },
  });
};
