/**
 * Records of other runs, taken into a store of one's own. Every run on a cluster numbers its finals from 0, for it has no record file, and so
 * does every file: taken in as they are, comparisons of different runs would be taken for one. Here they are numbered on from what the
 * store has; a record that was taken in before is known by all it says but its number.
 */
import type { RecordStore, TuningRecord } from '@loopsmith/contracts';
import { canonicalJson, type Json } from '@loopsmith/util';
import { recordId } from './candidate.js';

/** For the records of one run or one file, in their order. What it answers settles as `append` of the store does. */
export const takingIn = (store: Pick<RecordStore, 'append' | 'ofTask'>): ((record: TuningRecord) => Promise<void>) => {
  const numbers = new Map<string, number>();
  return async (record) => {
    if (record.purpose !== 'final') return store.append(record);
    const { task, repeat, protocol, environment } = record, finals = store.ofTask(task).filter(({ purpose }) => purpose === 'final');
    const said = saidBy(record), known = finals.find((one) => saidBy(one) === said);
    const comparison = canonicalJson({ task, repeat, protocol, environment } as unknown as Json), last = Math.max(-1, ...finals.map((one) => one.repeat));
    const number = known?.repeat ?? numbers.get(comparison) ?? Math.max(repeat, last + 1);
    numbers.set(comparison, number);
    if (known) return;
    await store.append(number === repeat ? record : { ...record, repeat: number, id: recordId({ ...record, repeat: number }) });
  };
};

const saidBy = (record: TuningRecord): string => canonicalJson({ ...record, id: '', repeat: 0 } as unknown as Json);
