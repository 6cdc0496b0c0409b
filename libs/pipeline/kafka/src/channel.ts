/**
 * A topic and a group as a Channel. While all its places are taken, the handler waits for half a second; then the topic is
 * paused, so that the group goes on without this member. An offset is committed after everything up to it is settled, and only
 * while the partition is still this member's. What comes at about the same time is fetched together, and what is settled is
 * committed together. Knows nothing of what is delivered.
 */
import type { Channel, Delivery } from '@loopsmith/contracts';
import { sharedRuns } from '@loopsmith/util';
import type { Kafka, KafkaMessage } from 'kafkajs';
import { Observable, type Subscriber } from 'rxjs';
import { stickyAssigner } from './assigner.js';
import { consumerSettings, PARTITIONS, restOf } from './client.js';
import { keepConsuming, type KeptConsumer } from './kept-consumer.js';
import type { Lane } from './lane.js';
import { until, type Waiters } from './until.js';

export interface ChannelOptions<T> {
  readonly topic: string;
  readonly group: string;
  /** Deliveries that are not settled yet, at most. */
  readonly concurrency: number;
  keyOf(value: T): string;
  encode(value: T): string;
  /** Null for a message that cannot be read: it was handled as such and is passed over. */
  decode(text: string): Promise<T | null>;
  /** Nothing more is received, and trying again would not help. */
  onStopped(error: unknown): void;
}

export interface KafkaChannel<T> extends Channel<T> {
  /** Milliseconds of `performance.now` when the broker was last heard of. */
  readonly lastHeard: number;
}

/** One message in work. Its tenure is that of its partition: a partition that went away and came back has another. */
interface Job { readonly partition: number; readonly offset: bigint; tenure: object; readonly controller: AbortController }

const INLINE_MS = 500, RETRY_MS = 500;
/**
 * How long what is settled waits for company on its way to the broker: a request to commit costs as much as one that carries answers. What a crash keeps
 * from being committed is known by its id when it comes again.
 */
const COMMIT_MS = 500;
/**
 * How long after an answer of the broker that held something the next is asked for, where several may be in work: in a steady stream every message would
 * be fetched, made durable and answered alone. After a pause the first is there at once.
 */
const GATHER_MS = 50;

export const openChannel = <T>(kafka: Kafka, lane: Lane, options: ChannelOptions<T>): KafkaChannel<T> => {
  const { topic, group, concurrency, keyOf, encode, decode, onStopped } = options;
  /*
   * What is known of the partitions and of the messages in work. Between two turns of the event loop this holds:
   *
   * | of       | name        | what it is                                         | what holds                                                                   |
   * |----------|-------------|----------------------------------------------------|------------------------------------------------------------------------------|
   * | group    | owned       | partitions that are this member's                  | each has a tenure                                                            |
   * |          | tenures     | by partition, since when it is                     | another object whenever it came or went: what began under a former one may   |
   * |          |             |                                                    | neither commit nor ask for its message again                                 |
   * | messages | jobs        | those here, by place, until settled or refused     | at most `concurrency`; of each message one, whatever comes twice             |
   * | progress | settled     | by partition of this tenure: `next`, and `ahead`   | all below `next` is settled; `ahead` is settled above it, and holds no `next` |
   * |          | uncommitted | partitions whose `next` the broker does not know   | emptied by whoever commits                                                   |
   * | who waits| waiting     | for a free place                                   | called once, when a job leaves                                               |
   * |          | company     | for more to commit                                 | called once, when nothing more comes                                         |
   */
  let kept: KeptConsumer | null = null, memberId = '', closing = false, committed: Promise<void> = Promise.resolve();
  const owned = new Set<number>(), tenures = new Map<number, object>(), jobs = new Map<string, Job>();
  const settled = new Map<number, { next: bigint; ahead: Set<bigint> }>(), uncommitted = new Set<number>();
  const waiting: Waiters = new Set(), company: Waiters = new Set();
  const place = (partition: number): string => `${topic}:${partition}`;

  const joined = (assigned: ReadonlySet<number>, id: string): void => {
    // one for all that come now: whoever is given them finds out but once what others did before
    const tenure = {};
    for (const partition of new Set([...owned, ...assigned])) {
      if (owned.has(partition) && assigned.has(partition) && id === memberId) continue;
      tenures.set(partition, tenure);
      settled.delete(partition);
      if (!assigned.has(partition)) for (const job of jobs.values()) if (job.partition === partition) job.controller.abort();
    }
    owned.clear();
    for (const partition of assigned) owned.add(partition);
    memberId = id;
  };

  const commitSoon = (job: Job): void => {
    const progress = settled.get(job.partition);
    if (job.tenure !== tenures.get(job.partition) || !progress) return;
    progress.ahead.add(job.offset);
    while (progress.ahead.delete(progress.next)) progress.next++;
    uncommitted.add(job.partition);
    committed = commitAll();
  };
  const commitAll = sharedRuns(async () => {
    if (!closing) await until(company, COMMIT_MS);
    // what has gone to another member meanwhile has nothing settled here any more
    const offsets = [...uncommitted].flatMap((partition) => { const progress = settled.get(partition); return progress ? [{ partition, offset: progress.next }] : []; });
    uncommitted.clear();
    try {
      if (offsets.length > 0) await kept?.commit(topic, offsets);
    } catch {
      // the broker or the group is in motion: what is not committed is delivered again, and known by its id
    }
  });

  const pause = (): void => kept?.tell((consumer) => consumer.pause([{ topic }]));
  const settle = (key: string): void => {
    jobs.delete(key);
    // always: whether the consumer of today is paused is known to it alone
    if (!closing && jobs.size < concurrency) kept?.tell((consumer) => consumer.resume([{ topic }]));
    for (const wake of waiting) wake();
  };
  /** True when the value was acknowledged or is none, false when it is to be delivered again. */
  const handled = async (subscriber: Subscriber<Delivery<T>>, { value: bytes }: KafkaMessage, { controller: { signal: revoked }, tenure }: Job): Promise<boolean> => {
    const value = bytes === null ? null : await decode(bytes.toString());
    if (value === null) return true;
    return new Promise<boolean>((resolve) => { subscriber.next({ value, revoked, tenure, ack: () => resolve(true), nack: () => resolve(false) }); });
  };

  const deliver = async (subscriber: Subscriber<Delivery<T>>, partition: number, message: KafkaMessage): Promise<void> => {
    if (closing) return;
    const offset = BigInt(message.offset), key = `${partition}:${offset}`, tenure = tenures.get(partition);
    if (!tenure) throw new Error(`partition ${partition} of ${topic} delivers before it was given to this member`);
    const back = (): void => kept?.tell((consumer) => consumer.seek({ topic, partition, offset: message.offset }));
    const progress = settled.get(partition) ?? { next: offset, ahead: new Set<bigint>() };
    settled.set(partition, progress);
    if (offset < progress.next || progress.ahead.has(offset)) return;
    const running = jobs.get(key);
    if (running) {
      // given again because the group has moved: it is this member's once more, and still in work
      running.tenure = tenure;
      return;
    }
    if (jobs.size >= concurrency) {
      // batches that were fetched before the pause still come
      back();
      return pause();
    }
    const job: Job = { partition, offset, tenure, controller: new AbortController() };
    jobs.set(key, job);
    const done = handled(subscriber, message, job).then(async (acknowledged) => {
      if (acknowledged) return commitSoon(job);
      if (!closing && !job.controller.signal.aborted) await new Promise((resolve) => { setTimeout(resolve, RETRY_MS); });
      if (owned.has(partition) && job.tenure === tenures.get(partition)) back();
    }).catch(onStopped);
    void done.finally(() => settle(key));
    if (jobs.size < concurrency) return;
    await until(waiting, INLINE_MS);
    if (jobs.size >= concurrency) pause();
  };

  const begin = (subscriber: Subscriber<Delivery<T>>): KeptConsumer => keepConsuming(kafka, {
    settings: {
      ...consumerSettings, groupId: group, maxBytesPerPartition: 65_536,
      partitionAssigners: [stickyAssigner(() => ({ owned: new Set([...owned].map(place)), busy: new Set([...jobs.values()].map(({ partition }) => place(partition))) }))],
    },
    topics: [topic],
    joined: (id, assigned) => joined(new Set(assigned[topic] ?? []), id),
    run: {
      // all of one answer of the broker before the next is asked for
      autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: PARTITIONS,
      eachBatch: async ({ batch: { partition, messages }, resolveOffset, heartbeat, isRunning, isStale }) => {
        const came = performance.now();
        for (const message of messages) {
          if (!isRunning() || isStale()) return;
          await deliver(subscriber, partition, message);
          resolveOffset(message.offset);
          await heartbeat();
        }
        if (concurrency > 1) await restOf(GATHER_MS, came);
      },
    },
    onStopped,
  });

  return {
    get lastHeard() { return kept?.lastHeard ?? performance.now(); },
    deliveries$: new Observable((subscriber) => {
      if (kept) throw new Error(`${topic} is received already; a channel has one subscriber`);
      kept = begin(subscriber);
    }),
    send: async (value) => { await lane.send([{ topic, key: keyOf(value), value: encode(value) }]); },
    close: async () => {
      closing = true;
      while (jobs.size > 0) await until(waiting, INLINE_MS);
      for (const go of company) go();
      await committed;
      await kept?.close();
    },
  };
};
