/** A record store in memory, and a clock that only ticks. For specs. */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import type { Clock } from '../stage.js';

export const memoryRecords = (initial: readonly TuningRecord[] = []): RecordStore & { readonly refused: string[] } => {
  const records = new Map(initial.map((record) => [record.id, record]));
  const refused: string[] = [];
  return {
    refused, faults: [],
    append: (record) => {
      if (records.has(record.id)) refused.push(record.id);
      else records.set(record.id, record);
      return Promise.resolve();
    },
    all: () => [...records.values()],
    ofTask: (task) => [...records.values()].filter((record) => record.task === task),
    close: () => Promise.resolve(),
  };
};

/** Every reading is `tick` milliseconds after the one before. */
export const tickingClock = (tick: number): Clock => {
  let now = 0;
  return { now: () => (now += tick), time: () => '2026-01-01T00:00:00.000Z' };
};
