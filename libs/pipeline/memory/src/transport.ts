/** All topics of the wire in memory, texts and checks included: workers of one process, for specs. */
import { decode, encode, topicNames, topics, type Followed, type Messages, type TopicName, type Transport } from '@loopsmith/wire';
import { map } from 'rxjs';
import { memoryTopic, type MemoryTopic } from './channel.js';

interface Entry { readonly text: string; readonly at: number }

/** `now`: what stands for the broker's clock. */
export const memoryTransport = (now: () => number = Date.now): Transport => {
  // texts travel, so that nothing is shared by reference and every message is one that could be sent
  const log = new Map<TopicName, MemoryTopic<Entry>>(topicNames.map((name) => [name, memoryTopic(({ text }) => topics[name].keyOf(JSON.parse(text) as never))]));
  const entry = (text: string): Entry => ({ text, at: now() });
  const read = <K extends TopicName>(topic: K, text: string): Messages[K] => {
    const message = decode(topic, text);
    if (!message.ok) throw new Error(message.failure.message);
    return message.value;
  };
  return {
    // all are texts before the first is sent
    send: async (messages) => {
      for (const [topic, text] of messages.map(({ topic: name, message }) => [name, encode(name, message as never)] as const))
        log.get(topic)!.send(entry(text));
    },
    sendAlone: async ({ topic, message }) => log.get(topic)!.send(entry(encode(topic, message as never))),
    receive: (topic, { group, concurrency }) => {
      const { deliveries$, send, close } = log.get(topic)!.channel(group, concurrency);
      return {
        close,
        send: (message) => send(entry(encode(topic, message))),
        deliveries$: deliveries$.pipe(map((delivery) => ({ ...delivery, value: read(topic, delivery.value.text) }))),
      };
    },
    follow: async (names, found) => {
      const stops = names.map((topic) =>
        log.get(topic)!.follow(({ text, at }, offset) => found({ topic, message: read(topic, text), offset, at } as Followed)),
      );
      return {
        caughtUp: async () => undefined,
        close: async () => {
          for (const stop of stops) stop();
        },
      };
    },
    silentFor: () => 0,
    close: async () => undefined,
  };
};
