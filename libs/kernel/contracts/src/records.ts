/** Record stores: append-only, every measurement, never deciding. */
import type { Outcome } from '@loopsmith/util';
import type { TuningRecord } from './task.js';

export const RecordStoreFactory = Symbol.for('loopsmith/RecordStoreFactory');
export interface RecordStoreFactory {
  readonly id: string;
  /** Opens or creates the store at a path. A damaged last line is cut off and reported, never fatal. */
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
