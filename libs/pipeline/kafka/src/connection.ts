/**
 * A connection to Kafka: checked at the start, with a sentence for every mistake; then channels, tails and one lane out. The sole
 * door of this library besides `./broker`.
 */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { openChannel, type ChannelOptions, type KafkaChannel } from './channel.js';
import { createClient, type ClientLog, type KafkaConfig } from './client.js';
import { kafkaFailure } from './failures.js';
import { openLane, type Lane } from './lane.js';
import { openTail, type Tail, type TailMessage } from './tail.js';
import { ensureTopics, type TopicSettings } from './topics.js';

export interface Connection {
  readonly lane: Lane;
  channel<T>(options: ChannelOptions<T>): KafkaChannel<T>;
  tail(topics: readonly string[], read: (message: TailMessage) => void): Promise<Tail>;
  /** What an error of this connection says to a person. */
  explain(error: unknown, during: string): ReturnType<typeof kafkaFailure>;
  /** After the channels and tails. */
  close(): Promise<void>;
}

/** Names of topics come with their prefix. Missing topics are made. */
export const connectKafka = async (config: KafkaConfig, topics: readonly TopicSettings[], log: ClientLog, replication?: number): Promise<Outcome<Connection>> => {
  const first = createClient(config, () => undefined, false), hasty = first.kafka.admin();
  try {
    await hasty.connect();
    // connecting alone proves little: a controller's port and a broker that wants a login accept it
    await hasty.describeCluster();
    await ensureTopics(hasty, topics, replication);
  } catch (error) {
    return fail(kafkaFailure(error, config, 'connecting'));
  } finally {
    await hasty.disconnect().catch(() => undefined);
    first.close();
  }
  let closed = false;
  const client = createClient(config, (level, text) => { if (!closed) log(level, text); }, true), { kafka } = client, admin = kafka.admin();
  await admin.connect();
  const lane = openLane(kafka);
  return succeed({
    lane,
    channel: (options) => openChannel(kafka, lane, options),
    tail: (names, read) => openTail(kafka, admin, config.prefix, names, read),
    explain: (error, during) => kafkaFailure(error, config, during),
    close: async () => {
      await lane.close();
      await admin.disconnect();
      closed = true;
      client.close();
    },
  });
};
