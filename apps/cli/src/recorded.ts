/** Figures of records as people read them: times, places, outcomes, and what pruning keeps. Reads no files. */
import type { Environment, TuningRecord } from '@loopsmith/contracts';
import { median } from '@loopsmith/stages';
import { listUnder } from '@loopsmith/util';
import type { RecordGroup } from './recorded-tasks.js';

/** Median of the samples in nanoseconds; null for a candidate that failed. */
export const medianNsOf = ({ outcome }: TuningRecord): number | null => (outcome.ok ? median(outcome.samplesNs) : null);

/** Three significant digits at least: a kernel takes microseconds, a network milliseconds. */
export const timeText = (nanoseconds: number): string => {
  const [value, unit] = nanoseconds < 1e6 ? [nanoseconds / 1e3, 'us'] : [nanoseconds / 1e6, 'ms'];
  return `${value.toFixed(value < 10 ? 2 : 1)} ${unit}`;
};
export const placeText = ({ cpu, isa, threads }: Environment): string => `${cpu}, ${isa}, ${threads} thread${threads === 1 ? '' : 's'}`;

export const outcomeText = (record: TuningRecord): string => (record.outcome.ok ? timeText(medianNsOf(record)!) : record.outcome.failure.code);

export interface GroupFigures {
  readonly task: string;
  readonly label: string;
  readonly environment: Environment;
  readonly records: number;
  readonly failed: number;
  readonly untunedNs: number | null;
  readonly bestNs: number | null;
}

export const figuresOf = ({ records }: RecordGroup): GroupFigures => {
  const { task, label, environment } = records[0]!;
  const least = (of: readonly TuningRecord[]): number | null =>
    of.reduce<number | null>((so, record) => {
      const ns = medianNsOf(record);
      return ns === null || (so !== null && so <= ns) ? so : ns;
    }, null);
  return {
    task, label, environment, records: records.length, failed: records.filter(({ outcome }) => !outcome.ok).length,
    untunedNs: least(records.filter(({ purpose }) => purpose === 'untuned')), bestNs: least(records),
  };
};

/**
 * What is to be kept of a group: what choices rest on, the untuned baseline, and of each protocol and kind of figure the `keep` fastest, which a
 * resumed search needs most. The order stays.
 */
export const prunedGroup = ({ records }: RecordGroup, keep: number, because: ReadonlySet<TuningRecord>): readonly TuningRecord[] => {
  const searched = new Map<string, TuningRecord[]>();
  for (const record of records) {
    if (!record.outcome.ok || record.purpose === 'final') continue;
    listUnder(searched, `${record.outcome.kind} ${record.protocol}`, record);
  }
  const fastest = new Set([...searched.values()].flatMap((alike) => alike.sort((a, b) => medianNsOf(a)! - medianNsOf(b)!).slice(0, keep)));
  return records.filter((record) => record.purpose === 'untuned' || because.has(record) || fastest.has(record));
};
