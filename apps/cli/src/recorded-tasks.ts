/** The tasks behind records, made again from their text alone: no model is needed. Reads no files and judges no record. */
import type { Environment, FigureKind, HardwarePlugin, Task, TuningRecord } from '@loopsmith/contracts';
import type { Host } from '@loopsmith/host';
import { flopsOf, parseWorkload } from '@loopsmith/ir';
import { bestSchedules, placeOf, taskKey, type BestOfTask } from '@loopsmith/stages';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { appliesTo } from './compiler.js';

export interface RecordedTask { readonly task: Task; readonly hardware: HardwarePlugin }

/** A record names its ISA; the plugin is the one with which the task key comes out. */
export const taskOfRecord = async (record: TuningRecord, host: Host): Promise<Outcome<RecordedTask>> => {
  const { workload, environment: { isa, threads }, label, task: key } = record;
  const { ids } = host.hardware, owner = ids.find((id) => taskKey(workload, `${id}:${isa}`, threads) === key);
  if (owner === undefined)
    return fail({
      code: 'record-foreign',
      stage: 'records',
      message: `record ${record.id} (${label}) is of no hardware plugin that is loaded (${ids.join(', ')}); add its plugin with --plugin`,
    });
  const found = await host.hardware.get(owner);
  if (!found.ok) return found;
  const hardware = found.value, target = await hardware.resolve(isa);
  if (!target.ok) return target;
  const read = parseWorkload(workload);
  if (!read.ok) return read;
  const { definition, layouts, inPlace } = read.value;
  return succeed({ hardware, task: { key, workload, label, definition, layouts, inPlace, target: target.value, threads, flops: flopsOf(definition) } });
};

/** Records of one task made in one place. */
export interface RecordGroup { readonly records: readonly TuningRecord[] }

/** By task and by what decides whether a time holds elsewhere (`placeOf`). In the order of the first record. */
export const groupRecords = (records: readonly TuningRecord[]): readonly RecordGroup[] => {
  const groups = new Map<string, TuningRecord[]>();
  for (const record of records) {
    const key = `${record.task}\n${placeOf(record.environment)}`, group = groups.get(key);
    if (group) group.push(record);
    else groups.set(key, [record]);
  }
  return [...groups.values()].map((each) => ({ records: each }));
};

/** The best of a group by the rule of `compile` for a network that nobody names; whether its schedule still applies is asked of the plugin. */
export const bestOfGroup = ({ records }: RecordGroup, known: RecordedTask, kind: FigureKind = 'measured'): BestOfTask =>
  bestOf(records, known, { environment: records[0]!.environment, protocol: null, kind, exact: false });

const bestOf = (
  records: readonly TuningRecord[],
  { task, hardware }: RecordedTask,
  { environment, protocol, kind, exact }: { readonly environment: Environment | null; readonly protocol: string | null; readonly kind: FigureKind; readonly exact: boolean },
): BestOfTask => {
  const [best] = bestSchedules(records, [task], { environment, protocol, kind, applies: (of, text) => appliesTo(hardware, of, text, exact) });
  return best!;
};

/**
 * All that any `compile` of this task may choose by: for the place of a group or for one that is not known, under any protocol, exact or not, by
 * figures of any kind.
 * Everything, where no plugin says what still applies.
 */
export const decidingRecords = async (groups: readonly RecordGroup[], host: Host): Promise<ReadonlySet<TuningRecord>> => {
  const all = groups.flatMap(({ records }) => records), known = await taskOfRecord(all[0]!, host);
  if (!known.ok) return new Set(all);
  const kinds = [...new Set(all.flatMap(({ outcome }) => (outcome.ok ? [outcome.kind] : [])))], environments = [null, ...groups.map(({ records }) => records[0]!.environment)];
  const protocols = [null, ...new Set(all.map(({ protocol }) => protocol))];
  return new Set(
    environments.flatMap((environment) => protocols.flatMap((protocol) => kinds.flatMap((kind) =>
      [true, false].flatMap((exact) => bestOf(all, known.value, { environment, protocol, kind, exact }).found?.because ?? [])))),
  );
};
