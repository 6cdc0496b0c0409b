/** Who is there, whatever the clocks of workers and of this process say: the broker's alone counts. */
import { memoryTransport } from '@loopsmith/transport-memory';
import type { Transport } from '@loopsmith/wire';
import { expect } from 'chai';
import { followWorkers } from './workers-alive.js';

const HOUR = 3_600_000;

describe('workers that are there', () => {
  let broker: number, transport: Transport;
  beforeEach(() => {
    broker = 1000 * HOUR;
    transport = memoryTransport(() => broker);
  });
  /** `clock`: what the worker's own says, which nobody should heed. */
  const say = (worker: string, clock: number, leaving = false): Promise<void> => transport.send([{ topic: 'workers', message: { v: 1, worker, stages: ['fit'], at: clock, leaving, device: null } }]);
  const names = async (now: () => number, listenMs?: number): Promise<readonly string[]> => {
    const alive = await followWorkers(transport, now, listenMs);
    const found = alive.list().map(({ worker }) => worker);
    await alive.close();
    return found;
  };

  for (const [what, off] of [['right', 0], ['an hour behind', -HOUR], ['an hour ahead', HOUR]] as const) it(`are there by the broker's clock where their own is ${what}`, async () => {
    await say('gone', broker + off);
    broker += 60_000;
    await say('left', broker + off, true);
    await say('here', broker + off);
    broker += 5000;
    expect(await names(() => broker)).to.deep.equal(['here']);
  });

  it('are told from those that are gone by a reader whose clock is behind', async () => {
    await say('gone', broker);
    broker += 60_000;
    await say('here', broker);
    expect(await names(() => broker - HOUR)).to.deep.equal(['here']);
  });

  it('are waited for by a reader whose clock is ahead', async () => {
    await say('gone', broker);
    broker += 60_000;
    await say('here', broker);
    await say('there', broker);
    const found = names(() => broker + HOUR, 60_000);
    setTimeout(() => { void say('here', broker); }, 20);
    expect(await found).to.deep.equal(['here', 'there']);
  });

  it('are not there when nobody speaks, nor waited for when all have said good-bye', async () => {
    await say('gone', broker);
    broker += 60_000;
    expect(await names(() => broker, 20)).to.deep.equal([]);
    await say('gone', broker, true);
    expect(await names(() => broker, 600_000)).to.deep.equal([]);
  });
});
