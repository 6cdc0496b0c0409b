/**
 * A connection to Kafka: checked at the start, with a sentence for every mistake; then channels, tails and one lane out. The sole
 * door of this library besides `./broker`.
 */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { openChannel, type ChannelOptions, type KafkaChannel } from './channel.js';
import { createClient, type ClientLog, type KafkaConfig } from './client.js';
import { isDoubtful, kafkaFailure } from './failures.js';
import { openLane, type Lane } from './lane.js';
import { openTail, type Tail, type TailMessage } from './tail.js';
import { ensureTopics, type TopicSettings } from './topics.js';

export interface Connection {
  readonly lane: Lane;
  channel<T>(options: ChannelOptions<T>): KafkaChannel<T>;
  /** `onStopped`: reading has ended for good. `unhurried`: what comes is read within half a second, much at a time. */
  tail(topics: readonly string[], read: (message: TailMessage) => void, onStopped: (error: unknown) => void, unhurried?: boolean): Tail;
  /** What an error of this connection says to a person. */
  explain(error: unknown, during: string): ReturnType<typeof kafkaFailure>;
  /** After the channels and tails. */
  close(): Promise<void>;
}

/** A fault that may be that of a moment is one when it is there at every check. */
const CHECKS = 3, CHECK_AGAIN_MS = 1000;

/** Names of topics come with their prefix. Missing topics are made. */
export const connectKafka = async (config: KafkaConfig, topics: readonly TopicSettings[], log: ClientLog, replication?: number): Promise<Outcome<Connection>> => {
  for (let checks = 1; ; checks++) {
    try {
      await check(config, topics, replication);
      return succeed(await connected(config, log));
    } catch (error) {
      const failure = kafkaFailure(error, config, 'connecting');
      if (checks === CHECKS || (failure.code !== 'kafka-failed' && !isDoubtful(error))) return fail(failure);
      await new Promise((resolve) => { setTimeout(resolve, CHECK_AGAIN_MS); });
    }
  }
};

const check = async (config: KafkaConfig, topics: readonly TopicSettings[], replication?: number): Promise<void> => {
  const client = createClient(config, () => undefined, false), hasty = client.kafka.admin();
  try {
    await hasty.connect();
    // connecting alone proves little: a controller's port and a broker that wants a login accept it
    await hasty.describeCluster();
    await ensureTopics(hasty, topics, replication);
  } finally {
    await hasty.disconnect().catch(() => undefined);
    client.close();
  }
};

const connected = async (config: KafkaConfig, log: ClientLog): Promise<Connection> => {
  let closed = false;
  const client = createClient(config, (level, text) => { if (!closed) log(level, text); }, true), { kafka } = client, admin = kafka.admin();
  try {
    await admin.connect();
  } catch (error) {
    client.close();
    throw error;
  }
  const lane = openLane(kafka);
  return {
    lane,
    channel: (options) => openChannel(kafka, lane, options),
    tail: (names, read, onStopped, unhurried = false) => openTail(kafka, admin, config.prefix, names, read, onStopped, unhurried),
    explain: (error, during) => kafkaFailure(error, config, during),
    close: async () => {
      await lane.close();
      await admin.disconnect();
      closed = true;
      client.close();
    },
  };
};
