/**
 * A topic and a group as a Channel. A delivery that is settled within half a second is committed inside the handler; for a
 * longer one the topic is paused, so that the group goes on without this member. An offset is committed after everything up to
 * it is settled, and only while the partition is still this member's. Knows nothing of what is delivered.
 */
import type { Channel, Delivery } from '@loopsmith/contracts';
import kafkajs, { type Consumer, type Kafka, type KafkaMessage } from 'kafkajs';
import { Observable, type Subscriber } from 'rxjs';
import { stickyAssigner } from './assigner.js';
import { consumerSettings } from './client.js';
import type { Lane } from './lane.js';

export interface ChannelOptions<T> {
  readonly topic: string;
  readonly group: string;
  /** Deliveries in work at a time. */
  readonly concurrency: number;
  keyOf(value: T): string;
  encode(value: T): string;
  /** Null for a message that cannot be read: it was handled as such and is passed over. */
  decode(text: string): Promise<T | null>;
  /** Kafka gave up on this consumer and will not try again. */
  onStopped(error: unknown): void;
}

export interface KafkaChannel<T> extends Channel<T> {
  /** Milliseconds of `performance.now` when the broker was last heard of. */
  readonly lastHeard: number;
}

/** One message in work. Its epoch is that of its partition: a partition that went away and came back is another. */
interface Job { readonly partition: number; readonly offset: bigint; epoch: number; readonly controller: AbortController }

const INLINE_MS = 500, RETRY_MS = 500;

export const openChannel = <T>(kafka: Kafka, lane: Lane, options: ChannelOptions<T>): KafkaChannel<T> => {
  const { topic, group, concurrency, keyOf, encode, decode, onStopped } = options;
  let consumer: Consumer | null = null, memberId = '', closing = false, paused = false, lastHeard = performance.now(), taken = 0;
  const owned = new Set<number>(), epochs = new Map<number, number>(), jobs = new Map<string, Job>();
  /** By partition: the offset after the last one that is settled, and those that are settled ahead of it. */
  const settled = new Map<number, { next: bigint; ahead: Set<bigint> }>();
  const idle = new Set<() => void>();
  const place = (partition: number): string => `${topic}:${partition}`;

  const joined = (assigned: ReadonlySet<number>, id: string): void => {
    for (const partition of new Set([...owned, ...assigned])) {
      if (owned.has(partition) && assigned.has(partition) && id === memberId) continue;
      epochs.set(partition, (epochs.get(partition) ?? 0) + 1);
      settled.delete(partition);
      if (!assigned.has(partition)) for (const job of jobs.values()) if (job.partition === partition) job.controller.abort();
    }
    owned.clear();
    for (const partition of assigned) owned.add(partition);
    memberId = id;
  };

  const commit = async (job: Job): Promise<void> => {
    const progress = settled.get(job.partition);
    if (job.epoch !== epochs.get(job.partition) || !progress) return;
    progress.ahead.add(job.offset);
    while (progress.ahead.delete(progress.next)) progress.next++;
    try {
      await consumer?.commitOffsets([{ topic, partition: job.partition, offset: String(progress.next) }]);
    } catch {
      // the broker or the group is in motion: what is not committed is delivered again, and known by its id
    }
  };

  /** Between a crash and its restart the client has no group, and throws. It starts again unpaused, from what is committed. */
  const tell = (order: (running: Consumer) => void): void => {
    try {
      if (consumer) order(consumer);
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error;
    }
  };
  const resume = (): void => {
    if (paused && !closing && jobs.size < concurrency) {
      paused = false;
      tell((running) => { running.resume([{ topic }]); });
    }
    if (jobs.size === 0) for (const wake of idle) wake();
  };

  const deliver = async (subscriber: Subscriber<Delivery<T>>, partition: number, message: KafkaMessage): Promise<void> => {
    const offset = BigInt(message.offset), key = `${partition}:${offset}`;
    const back = (): void => tell((running) => { running.seek({ topic, partition, offset: message.offset }); });
    const progress = settled.get(partition) ?? { next: offset, ahead: new Set<bigint>() };
    settled.set(partition, progress);
    if (offset < progress.next || progress.ahead.has(offset)) return;
    const running = jobs.get(key);
    // given again because the group has moved: it is this member's once more, and still in work
    if (running) running.epoch = epochs.get(partition) ?? 0;
    if (running || closing || jobs.size >= concurrency) {
      // batches that were fetched before the pause still come
      back();
      return pause();
    }
    const job: Job = { partition, offset, epoch: epochs.get(partition) ?? 0, controller: new AbortController() };
    taken++;
    jobs.set(key, job);
    const value = message.value === null ? null : await decode(message.value.toString());
    const done = value === null ? commit(job) : new Promise<boolean>((resolve) => {
      subscriber.next({ value, revoked: job.controller.signal, ack: () => resolve(true), nack: () => resolve(false) });
    }).then(async (acknowledged) => {
      if (acknowledged) return commit(job);
      await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
      if (owned.has(partition) && job.epoch === epochs.get(partition)) back();
    });
    const over = done.finally(() => { jobs.delete(key); resume(); });
    const quick = await Promise.race([over.then(() => true), new Promise<boolean>((resolve) => { setTimeout(resolve, INLINE_MS, false); })]);
    if (!quick && jobs.size >= concurrency) pause();
  };
  const pause = (): void => {
    if (paused || jobs.size === 0) return;
    paused = true;
    tell((running) => { running.pause([{ topic }]); });
  };

  const begin = async (subscriber: Subscriber<Delivery<T>>): Promise<void> => {
    const made = consumer = kafka.consumer({
      ...consumerSettings, groupId: group, maxBytesPerPartition: 65_536, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 10 },
      partitionAssigners: [stickyAssigner(() => ({ owned: new Set([...owned].map(place)), busy: new Set([...jobs.values()].map(({ partition }) => place(partition))) }))],
    });
    const heard = (): void => { lastHeard = performance.now(); };
    made.on(made.events.STOP, () => { paused = false; });
    made.on(made.events.FETCH, heard);
    made.on(made.events.HEARTBEAT, heard);
    made.on(made.events.GROUP_JOIN, ({ payload }) => { heard(); joined(new Set(payload.memberAssignment[topic] ?? []), payload.memberId); });
    made.on(made.events.CRASH, ({ payload }) => { if (!payload.restart) onStopped(payload.error); });
    await made.connect();
    // without fromBeginning a group whose offsets have expired would skip everything that waits
    await made.subscribe({ topic, fromBeginning: true });
    await made.run({ autoCommit: false, eachMessage: ({ partition, message }) => deliver(subscriber, partition, message) });
  };

  return {
    get lastHeard() { return lastHeard; },
    deliveries$: new Observable((subscriber) => {
      if (consumer || taken > 0) throw new Error(`${topic} is received already; a channel has one subscriber`);
      begin(subscriber).catch(onStopped);
    }),
    send: async (value) => { await lane.send([{ topic, key: keyOf(value), value: encode(value) }]); },
    close: async () => {
      closing = true;
      if (jobs.size > 0) await new Promise<void>((resolve) => { idle.add(resolve); });
      await consumer?.disconnect();
    },
  };
};
