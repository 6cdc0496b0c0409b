/**
 * Names of candidates and records, and the record of a measurement. The hashes here are on users' disks: a change of their input names anew what is
 * recorded from then on, and nothing that is there.
 */
import { ofThePlace, type Candidate, type Environment, type Measurement, type Point, type Space, type Task, type TuningRecord } from '@loopsmith/contracts';
import { printSchedule, type Schedule } from '@loopsmith/ir';
import { canonicalJson, shortHash, succeed, type Outcome } from '@loopsmith/util';

export const candidateId = (task: Task, schedule: Schedule): string => shortHash(`${task.key}\n${printSchedule(schedule)}`);

export const candidateOf = (task: Task, space: Space, point: Point): Outcome<Candidate> => {
  const schedule = space.schedule(point);
  return schedule.ok ? succeed({ id: candidateId(task, schedule.value), task: task.key, point, schedule: schedule.value }) : schedule;
};

/**
 * The candidate of a record in the space as it is now, null where that does not make its schedule any more. A choice that the record's space had not yet gets the
 * value that makes the recorded schedule, so that nothing learns of a point what another one did.
 */
export const candidateOfRecord = (task: Task, space: Space, { space: of, point, schedule }: Pick<TuningRecord, 'space' | 'point' | 'schedule'>): Candidate | null => {
  if (of !== space.id) return null;
  const absent = space.choices.filter(({ name }) => point[name] === undefined);
  const points = absent.reduce<readonly Point[]>((begun, { name, values }) => begun.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))), [point]);
  for (const one of points) {
    const candidate = candidateOf(task, space, one);
    if (candidate.ok && printSchedule(candidate.value.schedule) === schedule) return candidate.value;
  }
  return null;
};

/** What a run adds to each of its records. */
export interface RecordContext {
  readonly environment: Environment;
  readonly protocol: string;
  readonly strategy: string;
  readonly model: string;
  readonly seed: number;
}

type Named = Pick<TuningRecord, 'task' | 'schedule' | 'purpose' | 'repeat' | 'protocol' | 'environment'>;
export const recordId = ({ task, schedule, purpose, repeat, protocol, environment: { cpu, isa, compiler, os, threads, loopsmith } }: Named): string =>
  shortHash(canonicalJson({ task, schedule, purpose, repeat, protocol, environment: { cpu, isa, compiler, os, threads, loopsmith } }));

export const recordOf = (task: Task, space: string, candidate: Candidate, measurement: Measurement, context: RecordContext, time: string): TuningRecord => {
  const { purpose, repeat, outcome, artifact, report } = measurement;
  const { environment, protocol, strategy, model, seed } = context;
  const schedule = printSchedule(candidate.schedule);
  return {
    v: 1, id: recordId({ task: task.key, schedule, purpose, repeat, protocol, environment }),
    task: task.key, label: task.label, workload: task.workload, schedule, point: candidate.point, space, purpose, repeat,
    outcome: outcome.ok ? { ok: true, ...outcome.value } : outcome,
    artifact, report, environment, protocol, strategy, model, seed, time,
  };
};

/** Whether a measurement becomes a record: what befell the place says nothing of the candidate, and the next run tries it again. */
export const isKept = ({ outcome }: Pick<Measurement | TuningRecord, 'outcome'>): boolean => outcome.ok || !ofThePlace(outcome.failure);

/** The measurement a record holds. */
export const measurementOf = (record: TuningRecord, candidate: string): Measurement => {
  const { task, purpose, repeat, artifact, report, outcome } = record;
  return {
    candidate, task, purpose, repeat, artifact, report,
    outcome: outcome.ok ? succeed({ kind: outcome.kind, samplesNs: outcome.samplesNs, error: outcome.error }) : outcome,
  };
};

export const sameEnvironment = (a: Environment, b: Environment): boolean =>
  a.cpu === b.cpu && a.isa === b.isa && a.compiler === b.compiler && a.os === b.os && a.threads === b.threads && a.loopsmith === b.loopsmith;
