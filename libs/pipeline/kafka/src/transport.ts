/** Kafka as the transport of the wire's messages: topics by their full names, texts checked at the rim. */
import type { Channel } from '@loopsmith/contracts';
import { FailureError, succeed, type Failure, type Outcome } from '@loopsmith/util';
import { decode, encode, fullName, topicNames, topics, type Followed, type Messages, type Outgoing, type TopicName, type Transport } from '@loopsmith/wire';
import type { ClientLog, KafkaConfig } from './client.js';
import { connectKafka } from './connection.js';
import type { OutgoingMessage } from './lane.js';

export interface KafkaTransportOptions {
  readonly log: ClientLog;
  /** A receiver or a reader has ended for good: the process should leave, and be started again when its settings are mended. */
  onStopped(failure: Failure): void;
  /** Copies of new topics; the cluster's own default when absent. */
  readonly replication?: number;
}

export const openKafkaTransport = async (config: KafkaConfig, { log, onStopped, replication }: KafkaTransportOptions): Promise<Outcome<Transport>> => {
  const { prefix } = config;
  const settings = topicNames.map((name) => ({ name: fullName(prefix, name), partitions: topics[name].partitions, retentionMs: topics[name].retentionMs ?? -1 }));
  const connected = await connectKafka(config, settings, log, replication);
  if (!connected.ok) return connected;
  const connection = connected.value, listening = new Set<{ readonly lastHeard: number }>();
  const shortName = new Map(topicNames.map((name) => [fullName(prefix, name), name]));
  const text = ({ topic, message }: Outgoing): string => encode(topic, message as never);
  const key = ({ topic, message }: Outgoing): string => topics[topic].keyOf(message as never);
  const leaving = (one: Outgoing): OutgoingMessage => ({ topic: fullName(prefix, one.topic), key: key(one), value: text(one) });
  const sending = async <T>(messages: readonly OutgoingMessage[], send: () => Promise<T>): Promise<T> => {
    try {
      return await send();
    } catch (error) {
      throw new FailureError(connection.explain(error, `writing to ${[...new Set(messages.map(({ topic }) => topic))].join(', ')}`));
    }
  };
  return succeed({
    send: async (messages) => {
      const outgoing = messages.map(leaving);
      await sending(outgoing, () => connection.lane.send(outgoing));
    },
    sendAlone: async (message) => {
      const outgoing = leaving(message);
      return sending([outgoing], () => connection.lane.sendAlone(outgoing));
    },
    receive: <K extends TopicName>(topic: K, { group, concurrency, onUnreadable }: Parameters<Transport['receive']>[1]): Channel<Messages[K]> => {
      const channel = connection.channel<Messages[K]>({
        topic: fullName(prefix, topic), group: `${prefix}.${group}`, concurrency,
        keyOf: (message) => topics[topic].keyOf(message as never), encode: (message) => encode(topic, message),
        decode: async (value) => {
          const read = decode(topic, value);
          if (read.ok) return read.value;
          await onUnreadable(value, read.failure);
          return null;
        },
        onStopped: (error) => onStopped(connection.explain(error, `receiving from ${fullName(prefix, topic)}`)),
      });
      listening.add(channel);
      return channel;
    },
    follow: async (names, read, { unhurried = false } = {}) => {
      const explain = (error: unknown): Failure => connection.explain(error, `reading ${names.map((name) => fullName(prefix, name)).join(', ')}`);
      const tail = connection.tail(names.map((name) => fullName(prefix, name)), ({ topic: full, value, offset, timestamp }) => {
        const topic = shortName.get(full)!, message = decode(topic, value);
        // what cannot be read is for the workers who receive it, and in the dead letters
        if (message.ok) read({ topic, message: message.value, offset: Number(offset), at: timestamp } as Followed);
      }, (error) => onStopped(explain(error)), unhurried);
      listening.add(tail);
      return {
        caughtUp: async () => { try { await tail.caughtUp(); } catch (error) { throw new FailureError(explain(error)); } },
        close: async () => {
          listening.delete(tail);
          await tail.close();
        },
      };
    },
    silentFor: () => Math.max(0, ...[...listening].map(({ lastHeard }) => performance.now() - lastHeard)),
    close: () => connection.close(),
  });
};
