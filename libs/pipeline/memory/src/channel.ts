/**
 * A topic in memory. The receivers of a group share its keys as a Kafka group shares partitions: values of one key go to one
 * receiver, in order, and to another when that one closes. What is not settled is delivered again. Nothing outlives the process.
 */
import type { Channel, Delivery } from '@loopsmith/contracts';
import { Observable, type Subscriber } from 'rxjs';

export interface MemoryTopic<T> {
  /** Receivers of one group share the values; every group gets them all. At most `concurrency` deliveries are in work at a time. */
  channel(group: string, concurrency?: number): Channel<T>;
  /** Answers its place in the order of sending. */
  send(value: T): number;
  /** Everything that was sent, then everything that is; until the function it answers is called. */
  follow(read: (value: T, place: number) => void): () => void;
}

/** Until what was refused is given out again. */
const RETRY_MS = 20;

interface Entry<T> { readonly key: string; readonly value: T; state: 'waiting' | 'working' | 'settled' }
interface Receiver<T> {
  readonly concurrency: number;
  readonly working: Set<Entry<T>>;
  readonly subscriber: Subscriber<Delivery<T>>;
  closing: boolean;
  wake: () => void;
}
interface Group<T> { entries: Entry<T>[]; readonly receivers: Set<Receiver<T>>; readonly holders: Map<string, Receiver<T>> }

export const memoryTopic = <T>(keyOf: (value: T) => string): MemoryTopic<T> => {
  const log: T[] = [], groups = new Map<string, Group<T>>(), followers = new Set<(value: T, place: number) => void>();
  const entryOf = (value: T): Entry<T> => ({ key: keyOf(value), value, state: 'waiting' });
  const groupOf = (name: string): Group<T> => {
    let group = groups.get(name);
    if (!group) groups.set(name, group = { entries: log.map(entryOf), receivers: new Set(), holders: new Map() });
    return group;
  };
  const send = (value: T): number => {
    log.push(value);
    for (const read of followers) read(value, log.length - 1);
    for (const group of groups.values()) {
      group.entries.push(entryOf(value));
      offer(group);
    }
    return log.length - 1;
  };
  return {
    send,
    follow: (read) => {
      log.forEach(read);
      followers.add(read);
      return () => followers.delete(read);
    },
    channel: (name, concurrency = 1) => {
      const group = groupOf(name);
      let receiver: Receiver<T> | null = null;
      return {
        deliveries$: new Observable((subscriber) => {
          if (receiver) throw new Error('this channel is received already; a channel has one subscriber');
          group.receivers.add(receiver = { concurrency, working: new Set(), subscriber, closing: false, wake: () => undefined });
          offer(group);
        }),
        send: async (value) => { send(value); },
        close: async () => {
          if (!receiver) return;
          const { working } = receiver;
          receiver.closing = true;
          if (working.size > 0) await new Promise<void>((resolve) => { receiver!.wake = resolve; });
          group.receivers.delete(receiver);
          offer(group);
        },
      };
    },
  };
};

/** Gives what waits to who is free. Of each key the first that is not settled alone can be given: order per key. */
const offer = <T>(group: Group<T>): void => {
  group.entries = group.entries.filter(({ state }) => state !== 'settled');
  const open = [...group.receivers].filter(({ closing }) => !closing), seen = new Set<string>();
  for (const entry of group.entries) {
    if (seen.has(entry.key)) continue;
    seen.add(entry.key);
    if (entry.state === 'working') continue;
    let holder = group.holders.get(entry.key);
    if (!holder || !open.includes(holder)) holder = open.toSorted((a, b) => a.working.size - b.working.size)[0];
    if (!holder || holder.working.size >= holder.concurrency) continue;
    group.holders.set(entry.key, holder);
    deliver(entry, holder, group);
  }
};

const deliver = <T>(entry: Entry<T>, receiver: Receiver<T>, group: Group<T>): void => {
  entry.state = 'working';
  receiver.working.add(entry);
  const settle = (state: 'waiting' | 'settled', delay: number): void => {
    if (!receiver.working.delete(entry)) return;
    setTimeout(() => { entry.state = state; offer(group); }, delay);
    if (state === 'settled') entry.state = state;
    if (receiver.working.size === 0) receiver.wake();
  };
  queueMicrotask(() => receiver.subscriber.next({
    value: entry.value, revoked: new AbortController().signal, tenure: {},
    ack: () => settle('settled', 0), nack: () => settle('waiting', RETRY_MS),
  }));
};
