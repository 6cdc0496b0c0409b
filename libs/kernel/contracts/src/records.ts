/** Record stores: append-only, every measurement, never deciding. */
import type { Outcome } from '@loopsmith/util';
import type { TuningRecord } from './task.js';

export const RecordStoreFactory = Symbol.for('loopsmith/RecordStoreFactory');
export interface RecordStoreFactory {
  readonly id: string;
  /**
   * Reads the store at a path; where there is none yet, the first record that is appended makes it. Changes nothing before that, so
   * that whoever only looks needs no right to write and disturbs no run. A damaged line is reported, never fatal and never removed.
   */
  open(path: string): Promise<Outcome<RecordStore>>;
}
export interface RecordStore {
  /** Durable when it resolves. A record whose id is there already is not written twice. */
  append(record: TuningRecord): Promise<void>;
  all(): readonly TuningRecord[];
  ofTask(task: string): readonly TuningRecord[];
  /** Lines that could not be read, with the reason. */
  readonly faults: readonly string[];
  close(): Promise<void>;
}
