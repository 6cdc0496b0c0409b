/** A record file belongs to one writer at a time: two runs that tune into it would number their finals alike. Whoever only reads asks for nothing. */
import type { RecordStore } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { refuse } from '@loopsmith/util';
import { dirname } from 'node:path';
import { openRecords } from './compiler.js';
import { makeFolder, writing } from './files.js';
import { takeLock, type Holder } from './process-lock.js';
import type { World } from './world.js';

/** Opens the record file for a run that adds to it; closing gives it free. */
export const openRecordsToWrite = async (world: World, host: Host, path: string): Promise<RecordStore> => {
  const release = claimRecords(path);
  try {
    const store = await openRecords(world, host, path);
    return {
      get faults() { return store.faults; },
      all: () => store.all(), ofTask: (task) => store.ofTask(task), append: (record) => store.append(record),
      close: async () => { try { await store.close(); } finally { release(); } },
    };
  } catch (error) {
    release();
    throw error;
  }
};

/** Gives back how it is given free. Refuses while another holds it, and a place that cannot be written: better now than after the first measurement. */
export const claimRecords = (path: string): (() => void) => {
  makeFolder('', dirname(path));
  const lock = writing(path, () => takeLock(`${path}.lock`));
  return lock.taken ? lock.release : refuse({ code: 'records-in-use', stage: 'records', message: `record file ${path} is in use: ${heldBy(lock.holder)}` });
};

const heldBy = ({ process, here, mine }: Holder): string =>
  mine ? 'this process tunes into it already; wait for that run, or name another file' :
  here ? `process ${process} writes it; wait until it ends, or name another file with --records`
    : `process ${process} on another machine or in another container writes it; wait until it ends, or two minutes if it was killed, or name another file with --records`;
