/** What carries messages between workers: one interface for Kafka and for memory. Knows topics and shapes, not what they are for. */
import type { Channel } from '@loopsmith/contracts';
import type { Failure } from '@loopsmith/util';
import type { Messages, TopicName } from './topics.js';

/** A message on its way out. */
export type Outgoing = { readonly [K in TopicName]: { readonly topic: K; readonly message: Messages[K] } }[TopicName];
/** A message as it was found in the log. */
export type Followed = {
  readonly [K in TopicName]: {
    readonly topic: K;
    readonly message: Messages[K];
    readonly offset: number;
    /** Milliseconds since 1970 when it came into the log, by the broker's clock: those of workers are their own. */ readonly at: number;
  };
}[TopicName];

export interface Following {
  /** Resolves when everything that was in the topics at the time of the call has been read; rejects with a FailureError when reading has ended for good. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

export interface ReceiveOptions {
  /** Receivers of one group share the messages. */
  readonly group: string;
  /** Deliveries in work at a time. */
  readonly concurrency: number;
  /** A message that is none; it is passed over when this resolves. */
  onUnreadable(text: string, failure: Failure): Promise<void>;
}

export interface Transport {
  /** Resolves when none of them can be lost any more. What is sent in the meantime goes together. Rejects with a FailureError what can never be sent. */
  send(messages: readonly Outgoing[]): Promise<void>;
  /** The same of one message by itself; resolves with its offset. */
  sendAlone(message: Outgoing): Promise<number>;
  receive<K extends TopicName>(topic: K, options: ReceiveOptions): Channel<Messages[K]>;
  /** Reads topics from their beginning and goes on as they grow. A message may come twice, and half a second late where `unhurried`, which spares brokers many questions. */
  follow(topics: readonly TopicName[], read: (found: Followed) => void, options?: { readonly unhurried?: boolean }): Promise<Following>;
  /** The longest, in milliseconds, that a receiver or a reader has heard nothing of the broker; 0 without any. */
  silentFor(): number;
  /** After the channels. */
  close(): Promise<void>;
}
