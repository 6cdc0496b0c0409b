/** A stage between two topics: answers wait for those of the messages that are here too, and none is told before it is kept. */
import { memoryTransport } from '@loopsmith/transport-memory';
import { succeed } from '@loopsmith/util';
import type { FitRequest, Outgoing } from '@loopsmith/wire';
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openOutbox } from './outbox.js';
import { serve } from './serve.js';

const request = (id: string): Outgoing & { readonly message: FitRequest } =>
  ({ topic: 'fit', message: { v: 1, id, job: 'job', epoch: 0, task: '0'.repeat(64), again: 0, costModel: 'm', observations: '0'.repeat(64) } });

describe('a stage that is served', () => {
  for (const [count, what] of [[12, 'several messages that are here together'], [1, 'one that is alone']] as const) it(`works on ${what}, keeps the answers together, and tells each after it is kept`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-serve-')), memory = memoryTransport(), outbox = openOutbox(folder), ids = Array.from({ length: count }, (_, i) => `r${i}`);
    const kept = new Set<string>(), told: string[] = [], workedBeforeKeeping = new Set<number>();
    let worked = 0, all: () => void = () => undefined;
    const done = new Promise<void>((resolve) => { all = resolve; });
    const served = await serve({
      stage: 'fit', topic: 'fit', answers: 'fitted', places: 16, worker: 'w', log: () => undefined, time: () => '', counted: () => undefined,
      idOf: ({ id }) => id, jobOf: ({ job }) => job, giveUp: () => [],
      // without a turn of the event loop: nothing here depends on how fast the machine is
      work: async ({ id, job }) => { worked++; return [{ topic: 'fitted', message: { v: 1, id, job, worker: 'w', at: 0, outcome: succeed(null) } }]; },
      outbox: {
        ...outbox,
        done: async (id, messages, company) => {
          await company;
          workedBeforeKeeping.add(worked);
          await outbox.done(id, messages);
          kept.add(id);
        },
      },
      transport: {
        ...memory,
        send: async (messages) => {
          for (const { message } of messages) if ('id' in message && message.id !== null) told.push(kept.has(message.id) ? message.id : `${message.id} before it was kept`);
          await memory.send(messages);
          if (told.length === count) all();
        },
      },
    });
    await memory.send(ids.map(request));
    await done;
    expect(told).to.have.members(ids);
    expect([...workedBeforeKeeping]).to.deep.equal([count]);
    await served.close();
    outbox.close();
    rmSync(folder, { recursive: true });
  });

  it('does not work on what another worker has answered', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-serve-')), memory = memoryTransport(), outbox = openOutbox(folder), worked: string[] = [];
    const answer = (id: string): Outgoing => ({ topic: 'fitted', message: { v: 1, id, job: 'job', worker: 'other', at: 0, outcome: succeed(null) } });
    let all: () => void = () => undefined;
    const done = new Promise<void>((resolve) => { all = resolve; });
    await memory.send([request('old'), answer('old'), request('new')]);
    const served = await serve({
      stage: 'fit', topic: 'fit', answers: 'fitted', places: 1, worker: 'w', log: () => undefined, time: () => '', counted: () => undefined, transport: memory, outbox,
      idOf: ({ id }) => id, jobOf: ({ job }) => job, giveUp: () => [], work: async ({ id }) => { worked.push(id); all(); return [answer(id)]; },
    });
    await done;
    await served.close();
    outbox.close();
    rmSync(folder, { recursive: true });
    expect(worked).to.deep.equal(['new']);
  });

  it('gives up nothing that asks for nothing, however often it comes', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'loopsmith-serve-')), memory = memoryTransport(), outbox = openOutbox(folder), times = 6;
    let worked = 0, all: () => void = () => undefined;
    const done = new Promise<void>((resolve) => { all = resolve; }), gaveUp: string[] = [];
    const served = await serve({
      stage: 'extract', topic: 'jobs', answers: 'extracted', places: 1, worker: 'w', log: () => undefined, time: () => '', counted: () => undefined, transport: memory, outbox,
      idOf: ({ job }) => job, jobOf: ({ job }) => job,
      giveUp: (_, { message }) => { gaveUp.push(message); all(); return []; },
      work: async () => { if (++worked === times) all(); return null; },
    });
    // as by somebody who cancels a job again and again
    for (let i = 0; i < times; i++) await memory.send([{ topic: 'jobs', message: { v: 1, kind: 'cancelled', job: 'one', time: '' } }]);
    await done;
    await served.close();
    outbox.close();
    rmSync(folder, { recursive: true });
    expect([worked, gaveUp]).to.deep.equal([times, []]);
  });
});
