/** A record file that is written: a store of any make, and the lock that goes with it. Who may hold the lock is process-lock's. */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { succeed } from '@loopsmith/util';
import { expect } from 'chai';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRecordsToWrite } from './record-lock.js';
import type { World } from './world.js';

/** As a plugin may write it: state that is its own, methods on the class. */
class OwnStore implements RecordStore {
  readonly #records: TuningRecord[] = [];
  get faults(): readonly string[] { return []; }
  all(): readonly TuningRecord[] { return this.#records; }
  ofTask(task: string): readonly TuningRecord[] { return this.#records.filter((record) => record.task === task); }
  append(record: TuningRecord): Promise<void> { this.#records.push(record); return Promise.resolve(); }
  close(): Promise<void> { return this.#records.length > 1 ? Promise.reject(new Error('the disk is gone')) : Promise.resolve(); }
}

describe('record files that are written', () => {
  const host = { recordStores: { get: () => Promise.resolve(succeed({ id: 'own', open: () => Promise.resolve(succeed(new OwnStore())) })) } } as unknown as Host;
  let folder = '';
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'loopsmith-record-lock-')); });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  for (const count of [1, 2])
    it(`may be of a class, and are free when it is closed${count === 1 ? '' : ', also where closing fails'}`, async () => {
      const path = join(folder, 'records'), store = await openRecordsToWrite({} as World, host, path), record = { task: 't' } as TuningRecord;
      for (let i = 0; i < count; i++) await store.append(record);
      expect([store.all(), store.ofTask('t'), store.ofTask('u'), store.faults]).to.deep.equal([Array(count).fill(record), Array(count).fill(record), [], []]);
      expect(existsSync(`${path}.lock`)).to.equal(true);
      expect(await store.close().then(() => 'closed', (error: unknown) => String(error))).to.equal(count === 1 ? 'closed' : 'Error: the disk is gone');
      expect(existsSync(`${path}.lock`)).to.equal(false);
    });
});
