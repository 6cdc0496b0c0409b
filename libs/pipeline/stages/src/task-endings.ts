/** How tasks of a run end: those that follow another take over its best points, and the best few are compared with the untuned schedule. Names no winner: the records do. */
import type { Builder, FinalsReport, Task, TuningRecord } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import { succeed } from '@loopsmith/util';
import { from, lastValueFrom, mergeMap, of } from 'rxjs';
import { candidateOf, isKept, recordOf, sameEnvironment } from './candidate.js';
import { finalistsOf, runFinals } from './finals.js';
import { guard } from './guard.js';
import type { Proposed } from './stage.js';
import { judge, median } from './statistics.js';
import type { Ranked } from './task-results.js';
import type { TaskRun } from './task-run.js';
import { taskEnd } from './tuning-events.js';
import { knownMeasurement, type Run } from './tuning-run.js';

/** What two tasks take over is built, and finals are compared, while the other of them waits for its turn to be measured; told in the order of tasks. */
export const endTasks = async (run: Run): Promise<void> => {
  const { runs, signal, plan, emit, model } = run, ended = new Set<TaskRun>();
  let told = 0;
  await lastValueFrom(from(runs).pipe(mergeMap(async (task) => {
    if (!signal.aborted && !task.blocked && task.leader) await takeOver(task, task.leader, run);
    if (!signal.aborted && !task.blocked) await finals(task, run);
    ended.add(task);
    for (; told < runs.length && ended.has(runs[told]!); told++)
      emit(taskEnd(runs[told]!, runs.length, signal.aborted ? 'interrupted' : plan.stopped === null ? 'budget spent' : 'little left to gain', model));
  }, 2)), { defaultValue: undefined });
};

/** Measures the best points of the leader's search on a task that differs in its epilogue alone. */
const takeOver = async (run: TaskRun, leader: TaskRun, { tryBatch, takenOver, benches }: Run): Promise<void> => {
  const { task } = run.task;
  const candidates = leader.results.best.slice(0, takenOver).flatMap(({ candidate }) => {
    const own = candidateOf(task, run.space, candidate.point);
    return own.ok ? [own.value] : [];
  });
  const known = new Map(candidates.flatMap((candidate) => {
    const measurement = knownMeasurement(run, candidate);
    return measurement ? [[candidate.id, measurement] as const] : [];
  }));
  void benches.use(task, () => Promise.resolve());
  await lastValueFrom(of<Proposed>({ task, batch: run.batchesOrdered++, purpose: 'search', candidates, known }).pipe(tryBatch));
};

/** The finals of one task, unless the records hold finals of the very same code. */
const finals = async (run: TaskRun, { records, builder, device, clock, benches, measuring, signal, context }: Run): Promise<void> => {
  const { task } = run.task;
  const finalists = finalistsOf(run.results);
  if (finalists.length < 2) return;
  const before = records.ofTask(task.key).filter(({ purpose }) => purpose === 'final'),
    earlier = before.filter((record) => record.protocol === device.protocol && sameEnvironment(record.environment, device.environment));
  const lastOf = (finals: readonly TuningRecord[]): number => Math.max(-1, ...finals.map(({ repeat }) => repeat));
  const last = earlier.filter(({ repeat }) => repeat === lastOf(earlier));
  if (await areCompared(last, task, finalists, builder)) {
    // what is recorded is said again: without it single measurements of two sessions would be held against each other
    if (last[0]!.schedule === printSchedule(finalists[0]!.candidate.schedule)) run.finals = reportOf(last.map(({ outcome }) => (outcome.ok ? outcome.samplesNs : null)));
    return;
  }
  // numbered over every place and protocol, so that no two comparisons of a file share a number
  const results = await runFinals(task, finalists, lastOf(before) + 1, builder, benches, measuring, signal);
  // without finals the winner is the search's; the failure was a device's or a builder's, and says nothing of a schedule
  if (!results.ok || signal.aborted) return;
  run.finals = reportOf(results.value.map(({ measurement: { outcome } }) => (outcome.ok ? outcome.value.samplesNs : null)));
  await Promise.all(
    results.value
      .filter(({ measurement }) => isKept(measurement))
      .map(({ candidate, measurement }) => records.append(recordOf(task, run.space.id, candidate, measurement, context, clock.time()))),
  );
};

/** Whether these finals are of the very schedules, and of the code that they have today: the emission of a schedule changes while a version does not. */
const areCompared = async (last: readonly TuningRecord[], task: Task, finalists: readonly Ranked[], builder: Builder): Promise<boolean> => {
  const artifacts = new Map(last.map(({ schedule, artifact }) => [schedule, artifact]));
  if (last.length === 0 || !finalists.every(({ candidate }) => artifacts.has(printSchedule(candidate.schedule)))) return false;
  for (const { candidate, artifact } of finalists) {
    const today = artifact ? succeed(artifact.id) : await guard('build', `the builder of ${task.target.id}`, () => Promise.resolve(builder.identify?.(task, candidate) ?? succeed(null)));
    // what has no code today cannot be compared again either
    if (today.ok && today.value !== null && today.value !== artifacts.get(printSchedule(candidate.schedule))) return false;
  }
  return true;
};

/** Of the samples of finals, null for a schedule that failed and is left out; nothing where the baseline, the first, did. */
const reportOf = (samples: readonly (readonly number[] | null)[]): FinalsReport | null => {
  const lists = samples.filter((one) => one !== null);
  if (lists.length < 2 || !samples[0]) return null;
  const { winner, ...rest } = judge(lists);
  return { compared: lists.length, untunedWon: winner === 0, winnerNs: median(lists[winner]!), untunedNs: median(lists[0]!), ...rest };
};
