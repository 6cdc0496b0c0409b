/**
 * The one way out of this process: batches leave one after the other, and one that failed is sent again, the very same and whole,
 * until the brokers have it. Concurrent sends of kafkajs can lose records that were acknowledged, and so can its own retries; a lane
 * cannot. Duplicates are possible and harmless: every message has an id.
 */
import kafkajs, { type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { isRetriable } from './failures.js';

export interface OutgoingMessage { readonly topic: string; readonly key: string; readonly value: string }

export interface Lane {
  /** Resolves with what the broker says of each topic and partition when all of it is acknowledged by every copy in sync. Rejects only what no retry can mend. */
  send(messages: readonly OutgoingMessage[]): Promise<readonly RecordMetadata[]>;
  /** After what was sent before. */
  close(): Promise<void>;
}

const RETRY_MS = 200;

/** kafkajs limits what one send carries to one partition; below that by far, and nothing is refused for its company. */
const BATCH_BYTES = 400_000;

export const openLane = (kafka: Kafka): Lane => {
  let producer: Producer | null = null, last: Promise<unknown> = Promise.resolve(), closed = false;
  const connected = async (): Promise<Producer> => {
    if (producer) return producer;
    // it may not try again by itself: it would ask only the brokers that have not answered yet, and what now belongs to one that has
    // (for the leader that failed is replaced by it) would be told as sent and be nowhere
    const made = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false, idempotent: false, maxInFlightRequests: 1, metadataMaxAge: 2000, retry: { retries: 0 } });
    await made.connect();
    return producer = made;
  };
  const sendBatch = async (messages: readonly OutgoingMessage[]): Promise<readonly RecordMetadata[]> => {
    const topics = [...new Set(messages.map(({ topic }) => topic))];
    const topicMessages = topics.map((topic) => ({ topic, messages: messages.filter((one) => one.topic === topic).map(({ key, value }) => ({ key, value })) }));
    for (;;) {
      try {
        return await (await connected()).sendBatch({ acks: -1, topicMessages });
      } catch (error) {
        if (!isRetriable(error) || closed) throw error;
        // a new producer knows the leader of today; the old one may wait for a frozen one
        const old = producer;
        producer = null;
        void old?.disconnect().catch(() => undefined);
        await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
      }
    }
  };
  return {
    send: (messages) => {
      const turn = last.then(async () => {
        const answers: RecordMetadata[] = [];
        for (const batch of batchesOf(messages)) answers.push(...await sendBatch(batch));
        return answers;
      });
      last = turn.catch(() => undefined);
      return turn;
    },
    close: async () => {
      closed = true;
      await last;
      await producer?.disconnect();
    },
  };
};

const batchesOf = (messages: readonly OutgoingMessage[]): readonly (readonly OutgoingMessage[])[] => {
  const batches: OutgoingMessage[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = 2 * message.value.length;
    if (bytes + size > BATCH_BYTES) { batches.push([]); bytes = 0; }
    batches.at(-1)!.push(message);
    bytes += size;
  }
  return batches;
};
