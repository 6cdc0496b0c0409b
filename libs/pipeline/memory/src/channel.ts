/**
 * A topic in memory. Receivers share its keys as a Kafka group shares partitions: values of one key go to one receiver, in
 * order, and to another when that one closes. What is not settled is delivered again. Nothing outlives the process.
 */
import type { Channel, Delivery } from '@loopsmith/contracts';
import { Observable, type Subscriber } from 'rxjs';

export interface MemoryTopic<T> {
  /** One receiver, with at most `concurrency` deliveries in work. */
  channel(options?: { readonly concurrency?: number; readonly retryMs?: number }): Channel<T>;
}

interface Entry<T> { readonly key: string; readonly value: T; state: 'waiting' | 'working' | 'settled' }
interface Receiver<T> { readonly concurrency: number; readonly retryMs: number; readonly working: Map<Entry<T>, AbortController>; subscriber: Subscriber<Delivery<T>> | null; closing: boolean; readonly idle: Set<() => void> }

export const memoryTopic = <T>(keyOf: (value: T) => string): MemoryTopic<T> => {
  let entries: Entry<T>[] = [];
  const receivers = new Set<Receiver<T>>(), holders = new Map<string, Receiver<T>>();
  const offer = (): void => {
    const blocked = new Set<string>();
    for (const entry of entries) {
      if (entry.state === 'settled' || blocked.has(entry.key)) continue;
      // order per key: the next of a key waits for the one before
      blocked.add(entry.key);
      if (entry.state === 'working') continue;
      const open = [...receivers].filter(({ subscriber, closing }) => subscriber && !closing);
      let holder = holders.get(entry.key);
      if (!holder || !open.includes(holder)) holder = open.toSorted((a, b) => a.working.size - b.working.size)[0];
      if (!holder || holder.working.size >= holder.concurrency) continue;
      holders.set(entry.key, holder);
      deliver(entry, holder);
    }
    entries = entries.filter(({ state }) => state !== 'settled');
  };
  const deliver = (entry: Entry<T>, receiver: Receiver<T>): void => {
    const controller = new AbortController();
    entry.state = 'working';
    receiver.working.set(entry, controller);
    const settle = (state: 'waiting' | 'settled', delay: number): void => {
      if (!receiver.working.delete(entry)) return;
      if (receiver.working.size === 0) for (const wake of receiver.idle) wake();
      if (state === 'settled') entry.state = state;
      setTimeout(() => { if (state === 'waiting') entry.state = state; offer(); }, delay);
    };
    queueMicrotask(() => receiver.subscriber?.next({ value: entry.value, revoked: controller.signal, ack: () => settle('settled', 0), nack: () => settle('waiting', receiver.retryMs) }));
  };
  return {
    channel: ({ concurrency = 1, retryMs = 20 } = {}) => {
      const receiver: Receiver<T> = { concurrency, retryMs, working: new Map(), subscriber: null, closing: false, idle: new Set() };
      return {
        deliveries$: new Observable((subscriber) => {
          if (receiver.subscriber) throw new Error('this channel is received already; a channel has one subscriber');
          receiver.subscriber = subscriber;
          receivers.add(receiver);
          offer();
        }),
        send: async (value) => {
          entries.push({ key: keyOf(value), value, state: 'waiting' });
          offer();
        },
        close: async () => {
          receiver.closing = true;
          if (receiver.working.size > 0) await new Promise<void>((resolve) => { receiver.idle.add(resolve); });
          receivers.delete(receiver);
          offer();
        },
      };
    },
  };
};
