/**
 * The one way out of this process: batches leave one after the other, and one that failed is sent again, the very same and whole,
 * until the brokers have it. What is to be sent while a batch is on its way goes together with the next. Concurrent sends of
 * kafkajs can lose records that were acknowledged, and so can its own retries; a lane cannot. Duplicates are possible and
 * harmless: every message has an id.
 */
import kafkajs, { type Kafka, type Producer, type RecordMetadata } from 'kafkajs';
import { isRetriable } from './failures.js';

export interface OutgoingMessage { readonly topic: string; readonly key: string; readonly value: string }

export interface Lane {
  /** Resolves when all of it is acknowledged by every copy in sync. Rejects only what no retry can mend. */
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /** The same of one message in a batch of its own; resolves with its offset. */
  sendAlone(message: OutgoingMessage): Promise<number>;
  /** After what was sent before. */
  close(): Promise<void>;
}

/** What one caller wants sent. */
interface Call {
  readonly messages: readonly OutgoingMessage[];
  readonly alone: boolean;
  sent(answers: readonly RecordMetadata[]): void;
  failed(error: unknown): void;
}

const RETRY_MS = 200;

/** kafkajs limits what one send carries to one partition; below that by far, and nothing is refused for its company. */
const BATCH_BYTES = 400_000;

export const openLane = (kafka: Kafka): Lane => {
  let producer: Producer | null = null, closed = false, leaving: Promise<void> | null = null;
  const waiting: Call[] = [];
  const connected = async (): Promise<Producer> => {
    if (producer) return producer;
    // it may not try again by itself: it would ask only the brokers that have not answered yet, and what now belongs to one that has
    // (for the leader that failed is replaced by it) would be told as sent and be nowhere
    const made = kafka.producer({
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      idempotent: false,
      maxInFlightRequests: 1,
      metadataMaxAge: 2000,
      retry: { retries: 0 },
    });
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
  const leave = async (): Promise<void> => {
    while (waiting.length > 0) {
      const together = waiting.splice(0, company(waiting));
      try {
        const answers: RecordMetadata[] = [];
        for (const batch of batchesOf(together.flatMap(({ messages }) => messages))) answers.push(...await sendBatch(batch));
        for (const call of together) call.sent(answers);
      } catch (error) {
        for (const call of together) call.failed(error);
      }
    }
    leaving = null;
  };
  const call = (messages: readonly OutgoingMessage[], alone: boolean): Promise<readonly RecordMetadata[]> => new Promise((sent, failed) => {
    waiting.push({ messages, alone, sent, failed });
    leaving ??= leave();
  });
  return {
    send: async (messages) => { if (messages.length > 0) await call(messages, false); },
    sendAlone: async (message) => Number((await call([message], true))[0]!.baseOffset),
    close: async () => {
      closed = true;
      await leaving;
      await producer?.disconnect();
    },
  };
};

const bytesOf = (messages: readonly OutgoingMessage[]): number => messages.reduce((sum, { value }) => sum + 2 * value.length, 0);

/** How many calls, from the first, leave together: as many as one batch holds. */
const company = (waiting: readonly Call[]): number => {
  let count = 1, bytes = bytesOf(waiting[0]!.messages);
  if (waiting[0]!.alone) return 1;
  for (; count < waiting.length && !waiting[count]!.alone; count++) {
    bytes += bytesOf(waiting[count]!.messages);
    if (bytes > BATCH_BYTES) break;
  }
  return count;
};

const batchesOf = (messages: readonly OutgoingMessage[]): readonly (readonly OutgoingMessage[])[] => {
  const batches: OutgoingMessage[][] = [];
  let bytes = Infinity;
  for (const message of messages) {
    const size = bytesOf([message]);
    if (bytes + size > BATCH_BYTES) { batches.push([]); bytes = 0; }
    batches.at(-1)!.push(message);
    bytes += size;
  }
  return batches;
};
