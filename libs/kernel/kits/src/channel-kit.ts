/** What every channel keeps: order per key, delivery again after a nack, nothing lost when a receiver closes, each value to one receiver of a group. */
import type { Channel } from '@loopsmith/contracts';
import { demand, demandSame, type Check } from './check.js';

export interface KitValue { readonly key: string; readonly n: number }
/** A topic that nobody else uses. Every channel it opens is another receiver of the same group. */
export interface KitTopic { open(): Channel<KitValue>; close(): Promise<void> }

const until = async (holds: () => boolean, what: () => string): Promise<void> => {
  const began = Date.now();
  while (!holds()) {
    demand(Date.now() - began < 30_000, `after 30 s: ${what()}`);
    await new Promise((resolve) => { setTimeout(resolve, 5); });
  }
};
const keys = ['a', 'b', 'c', 'd'];
const values = (count: number): readonly KitValue[] => Array.from({ length: count }, (_, n) => ({ key: keys[n % keys.length]!, n }));
const names = (list: readonly KitValue[]): readonly string[] => list.map(({ key, n }) => `${key}${n}`);

export const channelChecks = (newTopic: () => Promise<KitTopic>): readonly Check[] => {
  const check = (name: string, run: (topic: KitTopic) => Promise<void>): Check => ({
    name,
    run: async () => {
      const topic = await newTopic();
      try { await run(topic); } finally { await topic.close(); }
    },
  });
  return [
    check('delivers what was sent before and after it is received, in order per key', async (topic) => {
      const channel = topic.open(), got: KitValue[] = [], sent = values(40);
      for (const value of sent.slice(0, 20)) await channel.send(value);
      channel.deliveries$.subscribe(({ value, ack }) => { got.push(value); ack(); });
      for (const value of sent.slice(20)) await channel.send(value);
      await until(() => got.length >= sent.length, () => `${got.length} of ${sent.length} values came`);
      for (const key of keys) demandSame(names(got.filter((value) => value.key === key)), names(sent.filter((value) => value.key === key)), `values of key ${key}`);
      await channel.close();
    }),
    check('delivers again what was refused, until it is taken, and nothing of that key before it', async (topic) => {
      const channel = topic.open(), taken: KitValue[] = [], sent = values(12);
      let refusals = 0;
      channel.deliveries$.subscribe(({ value, ack, nack }) => {
        if (value.n === 4 && refusals < 2) { refusals++; return nack('not now'); }
        if (!taken.some(({ n }) => n === value.n)) taken.push(value);
        ack();
      });
      for (const value of sent) await channel.send(value);
      await until(() => taken.length === sent.length, () => `${taken.length} of ${sent.length} values were taken`);
      demandSame(refusals, 2, 'refusals');
      demandSame(names(taken.filter(({ key }) => key === 'a')), names(sent.filter(({ key }) => key === 'a')), 'values of the key whose value was refused');
      await channel.close();
    }),
    check('loses nothing when a receiver closes in the middle: what is in work is settled, the rest goes to the next', async (topic) => {
      const first = topic.open(), taken: KitValue[] = [], sent = values(30);
      first.deliveries$.subscribe(({ value, ack }) => { setTimeout(() => { taken.push(value); ack(); }, 5); });
      for (const value of sent) await first.send(value);
      await until(() => taken.length >= 5, () => `${taken.length} values were taken`);
      await first.close();
      const atClose = taken.length;
      await new Promise((resolve) => { setTimeout(resolve, 50); });
      demandSame(taken.length, atClose, 'values taken after the close');
      const second = topic.open();
      second.deliveries$.subscribe(({ value, ack }) => { taken.push(value); ack(); });
      await until(() => new Set(taken.map(({ n }) => n)).size === sent.length, () => `${new Set(taken.map(({ n }) => n)).size} of ${sent.length} values were taken`);
      await second.close();
    }),
    check('goes on with long work in hand, and gives no value to two receivers of a group at a time', async (topic) => {
      const taken: KitValue[] = [], working = new Set<number>(), sent = values(16);
      const receive = (): Channel<KitValue> => {
        const channel = topic.open();
        channel.deliveries$.subscribe(({ value, ack }) => {
          demand(!working.has(value.n), `value ${value.n} was given to two receivers`);
          working.add(value.n);
          setTimeout(() => { working.delete(value.n); taken.push(value); ack(); }, value.n === 0 ? 1500 : 10);
        });
        return channel;
      };
      const channels = [receive(), receive()];
      for (const value of sent) await channels[0]!.send(value);
      await until(() => taken.length >= sent.length, () => `${taken.length} of ${sent.length} values were taken`);
      demandSame(taken.length, sent.length, 'deliveries');
      await Promise.all(channels.map((channel) => channel.close()));
    }),
  ];
};
