/**
 * What there is to see of a tuning: per place, per task, how the best time came down, what it is of the machine's limit, what failed.
 * From records alone; measures nothing and draws nothing.
 */
import type { Environment, FigureKind, TuningRecord } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { bytesMoved } from '@loopsmith/ir';
import { placeOf } from '@loopsmith/stages';
import { bestOfGroup, groupRecords, taskOfRecord, type RecordGroup } from './recorded-tasks.js';
import { medianNsOf } from './recorded.js';
import { rooflineOf, shareOfRoofline } from './roofline.js';

export interface TaskReport {
  readonly key: string;
  readonly label: string;
  /** How often the network runs it; null where no network was named. */
  readonly calls: number | null;
  /** Candidates measured, in their order: nanoseconds, or null for one that failed. The untuned schedule is among them; finals are not. */
  readonly trials: readonly (number | null)[];
  /** Median of the untuned schedule, measured beside the best one where both were in the same finals. */
  readonly untunedNs: number | null;
  /** Of the schedule that `compile` takes; null where none serves, for `reason`. */
  readonly bestNs: number | null;
  readonly best: TuningRecord | null;
  readonly reason: string | null;
  readonly gflops: number | null;
  /** Of the least time that the target's figures allow for the arithmetic and the bytes. */
  readonly shareOfLimit: number | null;
}

/** What was measured on one chip with one compiler for one number of threads; figures of different kinds stand apart. */
export interface PlaceReport {
  readonly environment: Environment;
  readonly kind: FigureKind;
  readonly protocols: readonly string[];
  readonly strategies: readonly string[];
  /** ISO times of the first and the last record. */
  readonly from: string;
  readonly to: string;
  readonly records: number;
  /** By failure code, the most frequent first. */
  readonly failures: readonly (readonly [code: string, count: number])[];
  /** Those that take most of the network's time first. */
  readonly tasks: readonly TaskReport[];
}

/** `calls`: by task key, how often a network runs it; then other tasks are left out. */
export const reportOf = async (records: readonly TuningRecord[], host: Host, calls: ReadonlyMap<string, number> | null): Promise<readonly PlaceReport[]> => {
  const places = new Map<string, { readonly kind: FigureKind; readonly groups: RecordGroup[] }>();
  for (const group of groupRecords(calls === null ? records : records.filter(({ task }) => calls.has(task)))) {
    for (const part of byKind(group)) {
      const key = `${placeOf(group.records[0]!.environment)}\n${part.kind}`, place = places.get(key) ?? { kind: part.kind, groups: [] };
      place.groups.push(part.group);
      places.set(key, place);
    }
  }
  return Promise.all([...places.values()].map(async ({ kind, groups }): Promise<PlaceReport> => {
    const all = groups.flatMap((group) => group.records), times = all.map(({ time }) => time).sort();
    const tasks = await Promise.all(groups.map((group) => taskReport(group, kind, host, calls?.get(group.records[0]!.task) ?? null)));
    const failures = new Map<string, number>();
    for (const { outcome } of all) if (!outcome.ok) failures.set(outcome.failure.code, (failures.get(outcome.failure.code) ?? 0) + 1);
    return {
      environment: all[0]!.environment,
      kind,
      protocols: unique(all.map(({ protocol }) => protocol)),
      strategies: unique(all.map(({ strategy, model }) => `${strategy} with ${model}`)),
      from: times[0]!,
      to: times.at(-1)!,
      records: all.length,
      failures: [...failures].sort(([, a], [, b]) => b - a),
      tasks: tasks.sort((a, b) => weight(b) - weight(a)),
    };
  }));
};

/** Times of one kind with all failures; a group without any time counts as measured. */
const byKind = ({ records }: RecordGroup): readonly { readonly kind: FigureKind; readonly group: RecordGroup }[] => {
  const kinds = unique(records.flatMap(({ outcome }) => (outcome.ok ? [outcome.kind] : [])));
  return (kinds.length === 0 ? ['measured' as const] : kinds).map((kind) => ({ kind, group: { records: records.filter(({ outcome }) => !outcome.ok || outcome.kind === kind) } }));
};

const taskReport = async (group: RecordGroup, kind: FigureKind, host: Host, calls: number | null): Promise<TaskReport> => {
  const { records } = group, { task: key, label, environment: { threads } } = records[0]!;
  const known = await taskOfRecord(records[0]!, host);
  const { found, reason } = known.ok ? bestOfGroup(group, known.value, kind) : { found: null, reason: known.failure.message };
  const untuned = records.findLast(({ purpose, outcome }) => purpose === 'untuned' && outcome.ok);
  const bytes = known.ok ? bytesMoved(known.value.task.definition, known.value.task.layouts) : 0;
  return {
    key, label, calls, trials: records.filter(({ purpose }) => purpose !== 'final').map(medianNsOf),
    untunedNs: found ? found.untunedNs : untuned ? medianNsOf(untuned) : null, bestNs: found?.medianNs ?? null, best: found?.record ?? null, reason,
    gflops: found && known.ok ? known.value.task.flops / found.medianNs : null,
    shareOfLimit: found && known.ok ? shareOfRoofline(rooflineOf(known.value.task.target, threads, bytes, null), { flops: known.value.task.flops, bytes }, found.medianNs) : null,
  };
};

/** Nanoseconds of the network that are spent in a task; of one call where no network was named. */
export const weight = ({ bestNs, untunedNs, calls }: TaskReport): number => (bestNs ?? untunedNs ?? 0) * (calls ?? 1);

const unique = <T>(values: readonly T[]): readonly T[] => [...new Set(values)];
