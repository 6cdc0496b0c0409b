/** A job as it is followed: its records are kept, and one that cannot be ends the following at once, not with the job. */
import type { RecordStore } from '@loopsmith/contracts';
import { exampleRecord } from '@loopsmith/kits';
import { memoryRecords } from '@loopsmith/stages/testing';
import { memoryTransport } from '@loopsmith/transport-memory';
import type { JobEvent } from '@loopsmith/wire';
import { expect } from 'chai';
import { nodeWorld } from '../node-world.js';
import type { World } from '../world.js';
import { follow } from './watching.js';

const record = exampleRecord('a');

describe('a job that is followed', () => {
  const world: World = { ...nodeWorld(), out: { write: () => undefined, columns: null }, err: { write: () => undefined, columns: null }, interruptible: (work) => work(new AbortController().signal) };
  const tell = (transport: ReturnType<typeof memoryTransport>, event: JobEvent): Promise<void> => transport.send([{ topic: 'runs', message: { v: 1, job: 'j', kind: 'event', epoch: 0, id: event.event, event } }]);

  it('leaves its records, and how it ended', async () => {
    const transport = memoryTransport(), records = memoryRecords();
    await transport.send([{ topic: 'runs', message: { v: 1, job: 'j', kind: 'record', epoch: 0, id: record.id, record } }]);
    await tell(transport, { event: 'job-ended', how: 'finished', failure: null });
    const { ended } = await follow(world, transport, 'j', records, 'host:1', { verbose: false, json: false });
    expect([ended?.how, records.all().map(({ id }) => id)]).to.deep.equal(['finished', ['a']]);
  });

  it('is left with the error when a record cannot be kept, though the job goes on', async () => {
    const transport = memoryTransport(), full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const records: RecordStore = { ...memoryRecords(), append: () => Promise.reject(full) };
    const following = follow(world, transport, 'j', records, 'host:1', { verbose: false, json: false });
    await transport.send([{ topic: 'runs', message: { v: 1, job: 'j', kind: 'record', epoch: 0, id: record.id, record } }]);
    expect(await following.then(() => null, (error: unknown) => error)).to.equal(full);
  });
});
