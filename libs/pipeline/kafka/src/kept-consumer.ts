/**
 * A consumer that is kept going. kafkajs gives up for good on some of what passes, such as a coordinator that is not back yet
 * after its broker was started again, may wait for ever on a connection that is dead, and starts again what was closed while it
 * crashed. So it starts nothing again here: another consumer takes the place of one that crashed or hears nothing.
 * Ends by itself only on what no retry can mend. Knows nothing of what is read.
 */
import type { Consumer, ConsumerConfig, ConsumerRunConfig, Kafka } from 'kafkajs';
import { isRetriable } from './failures.js';

export interface KeptConsumerOptions {
  readonly settings: ConsumerConfig;
  readonly topics: readonly string[];
  readonly run: ConsumerRunConfig;
  /** The group has given this member its partitions, by topic. */
  joined?(memberId: string, assigned: Readonly<Record<string, readonly number[]>>): void;
  /** Nothing more is read, and trying again would not help. */
  onStopped(error: unknown): void;
}

export interface KeptConsumer {
  /** Milliseconds of `performance.now` when the broker was last heard of. */
  readonly lastHeard: number;
  /** Seeks, pauses, resumes. Without effect between two consumers: the next one begins unpaused, at what is committed. */
  tell(order: (consumer: Consumer) => void): void;
  /** Rejects when they could not be committed. */
  commit(topic: string, offsets: readonly { readonly partition: number; readonly offset: bigint }[]): Promise<void>;
  close(): Promise<void>;
}

const AGAIN_MS = 500;
/** Seconds without a word after which the consumer is replaced: fail-over takes five, a rebalance at most fifteen. */
const SILENT_SECONDS = 30;
const CLOSE_MS = 5000;

export const keepConsuming = (kafka: Kafka, { settings, topics, run, joined, onStopped }: KeptConsumerOptions): KeptConsumer => {
  let current: Consumer | null = null, closing = false, lastHeard = performance.now();
  let wake = (): void => undefined;

  /** Runs one consumer until it has to be replaced. `started` resolves when it has joined or could not. */
  const consume = (consumer: Consumer): { readonly why: Promise<unknown>; readonly started: Promise<unknown> } => {
    const { events } = consumer;
    let silentSeconds = 0;
    const heard = (): void => {
      if (consumer !== current) return;
      silentSeconds = 0;
      lastHeard = performance.now();
    };
    consumer.on(events.FETCH, heard);
    consumer.on(events.HEARTBEAT, heard);
    consumer.on(events.GROUP_JOIN, ({ payload: { memberId, memberAssignment } }) => {
      if (consumer !== current) return;
      heard();
      joined?.(memberId, memberAssignment);
    });
    const over = new Promise<unknown>((resolve) => {
      wake = () => resolve(null);
      consumer.on(events.CRASH, ({ payload }) => resolve(payload.error));
    });
    // counted, not computed from the clock: a process that was frozen or busy for long has heard nothing, and is not silent
    const silent = new Promise<unknown>((resolve) => {
      const timer = setInterval(() => { if (++silentSeconds > SILENT_SECONDS) resolve(new Error(`the broker said nothing for ${SILENT_SECONDS} s`)); }, 1000);
      void over.then(() => clearInterval(timer));
      void over.then(resolve);
    });
    const begin = async (): Promise<void> => {
      await consumer.connect();
      if (consumer !== current) return;
      // without fromBeginning a group whose offsets have expired would skip everything that waits
      await consumer.subscribe({ topics: [...topics], fromBeginning: true });
      if (consumer !== current) return;
      await consumer.run(run);
    };
    const starting = begin(), failed = new Promise<unknown>((resolve) => { starting.catch(resolve); });
    return { why: Promise.race([over, failed, silent]).finally(() => wake()), started: starting.catch(() => undefined) };
  };

  const living = (async () => {
    while (!closing) {
      const consumer = current = kafka.consumer(settings);
      const { why: reason, started } = consume(consumer), why = await reason;
      current = null;
      const disconnect = (): Promise<void> => consumer.disconnect().catch(() => undefined);
      // in the middle of joining, its connections would be closed under it, which it tells as a crash; a broker that is frozen answers no good-bye
      if (closing) return void await Promise.race([started.then(disconnect), new Promise((resolve) => { setTimeout(resolve, CLOSE_MS).unref(); })]);
      void disconnect();
      if (!isRetriable(why)) return onStopped(why);
      kafka.logger().warn(`${settings.groupId}: begins again`, { error: why instanceof Error ? why.message : String(why) });
      await new Promise<void>((resolve) => { wake = resolve; setTimeout(resolve, AGAIN_MS); });
    }
  })();

  return {
    get lastHeard() { return lastHeard; },
    tell: (order) => {
      try { if (current) order(current); } catch { /* it has no group at the moment; see the contract above */ }
    },
    commit: async (topic, offsets) => {
      if (!current) throw new Error('there is no consumer at the moment');
      await current.commitOffsets(offsets.map(({ partition, offset }) => ({ topic, partition, offset: String(offset) })));
    },
    close: async () => {
      closing = true;
      wake();
      await living;
    },
  };
};
