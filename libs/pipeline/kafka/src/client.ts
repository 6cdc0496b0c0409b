/**
 * The Kafka client as this house sets it: short timeouts and fresh metadata, so that a leader that froze is left behind, and
 * without four faults of kafkajs 2.2.4: an idle timer that wakes it ninety times a second, connections that go on with the half
 * of an answer that the one before them left, a refused group that looks like a coordinator that is away, and sockets that it
 * forgets. Opens no connection.
 */
import kafkajs, { type ConsumerConfig, type Kafka, type KafkaConfig as ClientConfig, type logCreator } from 'kafkajs';
import { createRequire } from 'node:module';
import { trackSockets } from './sockets.js';

export interface KafkaConfig {
  /** `host:port` each. */
  readonly brokers: readonly string[];
  /** What every topic and group begins with, so that several installations can share a cluster. */
  readonly prefix: string;
  /** PEM texts; an empty object trusts the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly certificate?: string; readonly key?: string; readonly serverName?: string };
  readonly sasl?: { readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; readonly username: string; readonly password: string };
}

/** What the client has to say, for the log of whoever uses it. */
export type ClientLog = (level: 'error' | 'warn', text: string) => void;

const internal = createRequire(import.meta.url);
interface RequestQueue { readonly pending: readonly unknown[]; readonly throttledUntil: number; scheduleCheckPendingRequests(): void }

/** The client's queue of requests asks itself every ten milliseconds whether something waits; here only while something does. */
const quietQueue = (): void => {
  const { prototype } = internal('kafkajs/src/network/requestQueue') as { prototype: RequestQueue & { quiet?: true } };
  if (prototype.quiet) return;
  prototype.quiet = true;
  const original = prototype.scheduleCheckPendingRequests;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) original.call(this);
  };
};

interface ClientConnection { chunks: readonly Buffer[]; bytesBuffered: number; bytesNeeded: number; isConnected(): boolean; connect(): Promise<boolean> }

/**
 * What a broken connection had received of an answer is dropped before the next one: kept, it would be taken for the beginning of
 * the next answer, every request would time out from then on, and the client would never recover.
 */
const freshConnections = (): void => {
  const { prototype } = internal('kafkajs/src/network/connection') as { prototype: ClientConnection & { fresh?: true } };
  if (prototype.fresh) return;
  prototype.fresh = true;
  const original = prototype.connect;
  prototype.connect = function (this: ClientConnection) {
    if (!this.isConnected()) {
      this.chunks = [];
      this.bytesBuffered = 0;
      // the length that begins every answer
      this.bytesNeeded = 4;
    }
    return original.call(this);
  };
};

interface Group { readonly groupId: string }
interface Coordinators { findGroupCoordinator(group: Group): Promise<unknown> }
interface Cluster { findGroupCoordinatorMetadata(group: Group): Promise<unknown> }

/**
 * The client asks one broker after the other for the coordinator of a group and drops what they say: that a login may not use the
 * group, and that there is no coordinator at the moment, become one error. Here the former is thrown as the broker said it.
 */
const toldRefusals = (): void => {
  const { prototype: broker } = internal('kafkajs/src/broker') as { prototype: Coordinators & { told?: true } },
    { prototype: cluster } = internal('kafkajs/src/cluster') as { prototype: Cluster };
  if (broker.told) return;
  broker.told = true;
  const askOne = broker.findGroupCoordinator, askAll = cluster.findGroupCoordinatorMetadata, refusals = new Map<string, unknown>();
  broker.findGroupCoordinator = async function (this: Coordinators, group) {
    refusals.delete(group.groupId);
    try { return await askOne.call(this, group); } catch (error) {
      if ((error as { type?: string }).type === 'GROUP_AUTHORIZATION_FAILED') refusals.set(group.groupId, error);
      throw error;
    }
  };
  cluster.findGroupCoordinatorMetadata = async function (this: Cluster, group) {
    try { return await askAll.call(this, group); } catch (error) {
      throw refusals.get(group.groupId) ?? error;
    }
  };
};

export interface Client {
  readonly kafka: Kafka;
  /** After everything that uses it has been closed. */
  close(): void;
}

/** How long the client does not say again what it has said. */
const SAY_AGAIN_MS = 30_000;

/** `patient` waits out a broker that is away; otherwise the client gives up after a second or two, as a check at the start should. */
export const createClient = ({ brokers, tls, sasl }: KafkaConfig, log: ClientLog, patient: boolean): Client => {
  quietQueue();
  freshConnections();
  toldRefusals();
  const sockets = trackSockets();
  const said = new Map<string, number>();
  const logs: logCreator = () => ({ level, log: { message, error } }) => {
    const text = `${message}${typeof error === 'string' ? `: ${error}` : ''}`, last = said.get(text);
    // every reader and receiver says the same of a broker that is away, several times a second
    if (last !== undefined && performance.now() - last < SAY_AGAIN_MS) return;
    if (said.size > 1000) said.clear();
    said.set(text, performance.now());
    log(level <= kafkajs.logLevel.ERROR ? 'error' : 'warn', text);
  };
  const config: ClientConfig = {
    clientId: 'loopsmith',
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.WARN,
    logCreator: logs,
    socketFactory: sockets.factory,
    requestTimeout: 5000,
    connectionTimeout: patient ? 1000 : 3000,
    retry: patient ? { initialRetryTime: 100, maxRetryTime: 1000, retries: 10 } : { initialRetryTime: 100, maxRetryTime: 500, retries: 2 },
    ...(tls
      ? {
          ssl: {
            ...(tls.ca === undefined ? {} : { ca: [tls.ca] }),
            ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          },
        }
      : {}),
    ...(sasl ? { sasl: { ...sasl } as NonNullable<ClientConfig['sasl']> } : {}),
  };
  return { kafka: new kafkajs.Kafka(config), close: sockets.close };
};

/** Settings of every consumer: sessions of eight seconds hold because no job runs inside a handler for longer than half a second. */
export const consumerSettings = {
  sessionTimeout: 8000, heartbeatInterval: 1000, rebalanceTimeout: 15_000, maxWaitTimeInMs: 100, minBytes: 1, metadataMaxAge: 2000, allowAutoTopicCreation: false,
  // a consumer that crashed is replaced (kept-consumer.ts): kafkajs would start it again even when it was closed meanwhile
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 10, restartOnFailure: async () => false },
} satisfies Partial<ConsumerConfig>;

/** That one answer of a broker may hold messages of: all of it is handed on before the next is asked for. More than anything here reads. */
export const PARTITIONS = 128;

/** Waits for what is left of so many milliseconds since a time of `performance.now`. */
export const restOf = async (milliseconds: number, since: number): Promise<void> => {
  const rest = milliseconds - (performance.now() - since);
  if (rest > 0) await new Promise((resolve) => { setTimeout(resolve, rest); });
};
