/**
 * Reads whole topics from their beginning and goes on as they grow: how a fold of the log is made. Joins no group that others
 * share, commits nothing, and may see a message twice after a fault; whoever folds counts by id.
 */
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { consumerSettings } from './client.js';

export interface TailMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970, of the broker or of who sent it. */
  readonly timestamp: number;
  readonly value: string;
}
export interface Tail {
  /** Resolves when everything that was in the topics at the time of the call has been read. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

export const openTail = async (kafka: Kafka, admin: Admin, prefix: string, topics: readonly string[], read: (message: TailMessage) => void): Promise<Tail> => {
  const consumer: Consumer = kafka.consumer({ ...consumerSettings, groupId: `${prefix}.tail-${randomUUID()}`, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 10 } });
  const next = new Map<string, bigint>();
  const waiting = new Set<() => void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  await consumer.run({
    autoCommit: false, partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch: { topic, partition, messages }, resolveOffset, heartbeat }) => {
      for (const { offset, timestamp, value } of messages) {
        const place = `${topic}:${partition}`, at = BigInt(offset);
        if (value !== null && at >= (next.get(place) ?? 0n)) read({ topic, partition, offset: at, timestamp: Number(timestamp), value: value.toString() });
        if (at >= (next.get(place) ?? 0n)) next.set(place, at + 1n);
        resolveOffset(offset);
      }
      for (const check of waiting) check();
      await heartbeat();
    },
  });
  return {
    caughtUp: async () => {
      const ends = (await Promise.all(topics.map(async (topic) => (await patiently(() => admin.fetchTopicOffsets(topic))).map(({ partition, high, low }) => ({ place: `${topic}:${partition}`, high: BigInt(high), low: BigInt(low) }))))).flat();
      const behind = (): boolean => ends.some(({ place, high, low }) => high > low && (next.get(place) ?? 0n) < high);
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (behind()) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    close: () => consumer.disconnect(),
  };
};

/** An answer of the admin client, whatever the brokers go through meanwhile. */
const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
  for (let tries = 0; ; tries++) {
    try { return await ask(); } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 300); });
    }
  }
};
