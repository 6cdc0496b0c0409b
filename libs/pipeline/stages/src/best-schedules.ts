/**
 * What records say is best: per task the winner of its last finals that count, else the fastest of its search, else a miss with its
 * reason. Pure; measures nothing, and never takes a record that was made elsewhere or no longer applies.
 */
import type { Environment, FigureKind, Task, TuningRecord } from '@loopsmith/contracts';
import type { Schedule } from '@loopsmith/ir';
import type { Outcome } from '@loopsmith/util';
import { chooseWinner, median, medianInterval } from './statistics.js';

export interface BestSchedule {
  readonly schedule: Schedule;
  readonly record: TuningRecord;
  readonly medianNs: number;
  /** 95 % interval of the median. */
  readonly intervalNs: readonly [number, number];
  /**
   * Median of the untuned schedule, beside this one where finals decided and it was in them, else of its last record. Within noise it may be the
   * shorter one: a tie falls to the schedule that was measured first. Null where no untuned schedule has a time.
   */
  readonly untunedNs: number | null;
  /** Whether anything else than an untuned schedule was tried here: without it nothing was chosen. */
  readonly searched: boolean;
  /** All that the choice rests on, in the order of the records: without the others the same is chosen. */
  readonly because: readonly TuningRecord[];
}
/** `reason`: one clause, why no record serves. */
export type BestOfTask = { readonly task: Task; readonly found: BestSchedule; readonly reason: null } | { readonly task: Task; readonly found: null; readonly reason: string };

export interface BestOptions {
  /** Where the schedules will run, or null when nothing is known of it: then the place of a record is not checked. */
  readonly environment: Environment | null;
  /** The measuring protocol of the device that they are for: where there are times under it, no others count. Null where nobody can say: the newest time's counts then. */
  readonly protocol: string | null;
  /** Which figures may choose; those of another kind never mix in. `measured` when absent. */
  readonly kind?: FigureKind;
  /** Whether a record's step text is still a legal schedule of the task: parses it and lowers it. */
  applies(task: Task, schedule: string): Outcome<Schedule>;
}

export const bestSchedules = (records: readonly TuningRecord[], tasks: readonly Task[], options: BestOptions): readonly BestOfTask[] =>
  tasks.map((task) => bestOfTask(records.filter((record) => record.task === task.key), task, options));

type Timed = TuningRecord & { readonly outcome: { readonly ok: true; readonly samplesNs: readonly number[] } };

const bestOfTask = (all: readonly TuningRecord[], task: Task, { environment, protocol, applies, kind = 'measured' }: BestOptions): BestOfTask => {
  const miss = (reason: string): BestOfTask => ({ task, found: null, reason });
  if (all.length === 0) return miss('there is no record of it');
  const here = environment === null ? all : all.filter((record) => placeOf(record.environment) === placeOf(environment));
  if (here.length === 0) return miss(`its records were made elsewhere (${otherwise(all.at(-1)!.environment, environment!)})`);
  const timed = here.filter((record): record is Timed => record.outcome.ok && record.outcome.kind === kind);
  // times under two protocols (weights from memory, weights from L3) are not compared
  const counts = timed.some((record) => record.protocol === protocol) ? protocol : timed.at(-1)?.protocol, right = timed.filter((record) => record.protocol === counts);
  if (right.length === 0) return miss(`none of its ${here.length} recorded candidates gave right answers in time: ${firstFailure(here, kind)}`);

  const untuned = new Set(here.filter(({ purpose }) => purpose === 'untuned').map(({ schedule }) => schedule));
  let refused = '';
  const legal = new Map<string, Schedule | null>();
  const legalSchedule = (record: TuningRecord): Schedule | null => {
    let schedule = legal.get(record.schedule);
    if (schedule === undefined) {
      const outcome = applies(task, record.schedule);
      schedule = outcome.ok ? outcome.value : null;
      if (!outcome.ok) refused ||= outcome.failure.message;
      legal.set(record.schedule, schedule);
    }
    return schedule;
  };
  const found = (record: Timed, because: ReadonlySet<TuningRecord>): BestOfTask => ({
    task,
    reason: null,
    found: {
      because: here.filter((one) => because.has(one)),
      schedule: legalSchedule(record)!,
      record,
      medianNs: median(record.outcome.samplesNs),
      intervalNs: medianInterval(record.outcome.samplesNs),
      untunedNs: untunedBeside(record),
      searched: here.some(({ outcome, schedule }) => (!outcome.ok || outcome.kind === kind) && !untuned.has(schedule)),
    },
  });

  const searched = right
    .filter(({ purpose }) => purpose !== 'final')
    .map((record) => ({ record, medianNs: median(record.outcome.samplesNs) }))
    .sort((a, b) => a.medianNs - b.medianNs);
  const fastest = searched.find(({ record }) => legalSchedule(record))?.record;
  // one finals is what shares a repeat and was made in one place, by one version; the earlier a schedule was first measured (the untuned one is the
  // first), the sooner it wins a tie
  const finals = new Map<string, Timed[]>();
  for (const record of right.filter(({ purpose }) => purpose === 'final')) {
    const {
        repeat,
        environment: { cpu, isa, compiler, os, threads, loopsmith },
      } = record,
      key = [repeat, cpu, isa, compiler, os, threads, loopsmith].join('\n'),
      one = finals.get(key);
    if (one) one.push(record);
    else finals.set(key, [record]);
  }
  // the first of its finals, where later ones may be the untuned schedules of earlier drafts
  const untunedBeside = (record: Timed): number | null => {
    const beside = [...finals.values()].find((one) => one.includes(record))?.find(({ schedule }) => untuned.has(schedule)) ?? right.findLast(({ purpose }) => purpose === 'untuned');
    return beside ? median(beside.outcome.samplesNs) : null;
  };
  const endOf = (one: readonly Timed[]): string => one.reduce((last, { time }) => (time > last ? time : last), '');
  // by their times, for files are merged in any order; without them as they lie in the file
  const lastFirst = [...finals.values()].reverse().sort((a, b) => (endOf(a) === endOf(b) ? 0 : endOf(a) < endOf(b) ? 1 : -1));
  const firstSeen = (record: TuningRecord): TuningRecord => here.find(({ schedule }) => schedule === record.schedule)!,
    seenAt = (record: TuningRecord): number => here.indexOf(firstSeen(record));
  const comparisons = lastFirst.map((one) => one.filter(legalSchedule).sort((a, b) => seenAt(a) - seenAt(b)));
  // the last finals, but for those that left out what the search found fastest: a run under `--exact` compares fewer schedules
  const compared = comparisons.find((one) => one.some(({ schedule }) => schedule === fastest?.schedule)) ?? comparisons.find((one) => one.length > 0);
  /** With the newest, whose protocol counts where no other is asked for, and with every finals whole that is in it at all: a part of one would be another. */
  const because = (records: readonly TuningRecord[]): ReadonlySet<TuningRecord> => {
    const chosen = new Set([...records, timed.at(-1)!]);
    return new Set([...chosen, ...[...finals.values()].filter((one) => one.some((record) => chosen.has(record))).flat()]);
  };
  const searchedOnly = fastest ? [fastest] : [];
  if (compared) return found(compared[chooseWinner(compared.map(({ outcome }) => outcome.samplesNs))]!, because([...searchedOnly, ...compared, ...compared.map(firstSeen)]));
  return fastest ? found(fastest, because(searchedOnly)) : miss(`its recorded schedules no longer apply: ${refused}`);
};

/** One text for all environments whose times may stand for each other's. Version and kernel of the system may differ, the chip and the compiler may not. */
export const placeOf = ({ cpu, isa, compiler, threads }: Environment): string => [cpu, isa, compiler, threads].join('\n');

/** What of the place of a record is not as here: all of it would hide the one thing that is. */
const otherwise = ({ cpu, isa, compiler, threads }: Environment, here: Environment): string =>
  [
    ...(cpu === here.cpu ? [] : [cpu]),
    ...(isa === here.isa ? [] : [isa]),
    ...(compiler === here.compiler ? [] : [compiler]),
    ...(threads === here.threads ? [] : [`${threads} thread${threads === 1 ? '' : 's'}`]),
  ].join(', ');

const firstFailure = (records: readonly TuningRecord[], kind: FigureKind): string => {
  const failed = records.find(({ outcome }) => !outcome.ok);
  return failed && !failed.outcome.ok ? failed.outcome.failure.message : `only ${kind === 'measured' ? 'emulated or modelled' : `other than ${kind}`} times are there`;
};
