/**
 * Reads whole topics from their beginning and goes on as they grow: how a fold of the log is made. Joins no group that others
 * share, commits nothing, and may see a message twice after a fault; whoever folds counts by id.
 */
import type { Admin, Kafka } from 'kafkajs';
import { randomUUID } from 'node:crypto';
import { consumerSettings, PARTITIONS, restOf } from './client.js';
import { isRetriable } from './failures.js';
import { keepConsuming } from './kept-consumer.js';

export interface TailMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Milliseconds since 1970: the broker's clock, or that of who sent it in topics that somebody else made. */
  readonly timestamp: number;
  readonly value: string;
}
export interface Tail {
  /** Milliseconds of `performance.now` when the broker was last heard of. */
  readonly lastHeard: number;
  /** Resolves when everything that was in the topics at the time of the call has been read; rejects when reading has ended for good. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

/** How long a broker holds the question for more when there is none: what comes is told at once. Nothing here is ever paused, so it delays only the end. */
const IDLE_MS = 500;

/** Milliseconds after what came until more is asked for: in a steady stream every message would be fetched alone. After a pause the first is there at once. */
const GATHER_MS = 25;

/** For a group of one nothing ever moves: this is only to tell the broker in time that it lives. */
const HEARTBEAT_MS = 2500;

/** Bytes that a broker gathers, for at most that long, for a reader that is in no hurry. */
const GATHERED_BYTES = 262_144;

/** `onStopped`: reading has ended for good, by what no retry can mend. */
export const openTail = (
  kafka: Kafka,
  admin: Admin,
  prefix: string,
  topics: readonly string[],
  read: (message: TailMessage) => void,
  onStopped: (error: unknown) => void,
  unhurried: boolean,
): Tail => {
  const next = new Map<string, bigint>();
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const check of waiting) check();
  };
  let stopped: { readonly error: unknown } | null = null;
  const stop = (error: unknown): void => {
    stopped ??= { error };
    look();
  };
  const kept = keepConsuming(kafka, {
    settings: {
      ...consumerSettings,
      heartbeatInterval: HEARTBEAT_MS,
      groupId: `${prefix}.tail-${randomUUID()}`,
      maxWaitTimeInMs: IDLE_MS,
      ...(unhurried ? { minBytes: GATHERED_BYTES } : {}),
    },
    topics,
    onStopped: (error) => {
      stop(error);
      onStopped(error);
    },
    run: {
      autoCommit: false,
      partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch: { topic, partition, messages }, resolveOffset, heartbeat }) => {
        const came = performance.now();
        for (const { offset, timestamp, value } of messages) {
          const place = `${topic}:${partition}`,
            at = BigInt(offset);
          if (value !== null && at >= (next.get(place) ?? 0n))
            read({ topic, partition, offset: at, timestamp: Number(timestamp), value: value.toString() });
          if (at >= (next.get(place) ?? 0n)) next.set(place, at + 1n);
          resolveOffset(offset);
        }
        look();
        await heartbeat();
        await restOf(GATHER_MS, came);
      },
    },
  });
  const endsOf = async (topic: string): Promise<readonly { readonly place: string; readonly end: bigint }[]> => {
    const partitions = await patiently(
      () => admin.fetchTopicOffsets(topic),
      () => stopped !== null,
    );
    return partitions.flatMap(({ partition, high, low }) =>
      BigInt(high) > BigInt(low) ? [{ place: `${topic}:${partition}`, end: BigInt(high) }] : [],
    );
  };
  return {
    get lastHeard() {
      return kept.lastHeard;
    },
    caughtUp: async () => {
      const ends = (await Promise.all(topics.map(endsOf))).flat();
      await new Promise<void>((resolve, reject) => {
        const check = (): void => {
          if (!stopped && ends.some(({ place, end }) => (next.get(place) ?? 0n) < end)) return;
          waiting.delete(check);
          if (stopped) reject(stopped.error instanceof Error ? stopped.error : new Error(String(stopped.error)));
          else resolve();
        };
        waiting.add(check);
        check();
      });
    },
    close: async () => {
      await kept.close();
      stop(new Error('the reader of these topics was closed'));
    },
  };
};

/** An answer of the admin client, whatever the brokers go through meanwhile. */
const patiently = async <T>(ask: () => Promise<T>, hopeless: () => boolean): Promise<T> => {
  for (;;) {
    try { return await ask(); } catch (error) {
      if (hopeless() || !isRetriable(error)) throw error;
      await new Promise((resolve) => { setTimeout(resolve, 300); });
    }
  }
};
