/** Everything a run knows of one of its tasks: its results, what records say, what batches taught, what it was given. The only mutable state of a run. */
import type { Device, ExtractedTask, FinalsReport, HardwarePlugin, RecordStore, Space, Task, TuningRecord } from '@loopsmith/contracts';
import { canonicalJson, type Failure } from '@loopsmith/util';
import { candidateOfRecord, isKept, measurementOf, sameEnvironment } from './candidate.js';
import { rememberingDrafts } from './drafts.js';
import { leadersOf } from './epilogue-groups.js';
import type { Fitted } from './stage.js';
import type { TaskProgress } from './task-progress.js';
import { taskResults, type TaskResults } from './task-results.js';

export interface TaskRun {
  readonly task: ExtractedTask;
  /** From 1, in the order of the network. */
  readonly position: number;
  readonly space: Space;
  readonly results: TaskResults;
  /** By batch. */
  readonly fitted: Fitted[];
  /** The best so far after each finished batch. */
  readonly bestNs: (number | null)[];
  /** `spentMilliseconds` after each of them. */
  readonly spentAt: number[];
  /** Of this environment and protocol, by schedule text, finals left out, and failures of the place, which earlier releases recorded too. */
  readonly recorded: ReadonlyMap<string, TuningRecord>;
  /** The run whose search serves this task too; null for one that searches itself. */
  leader: TaskRun | null;
  /** Calls of the network that profit from a search of this task. */
  callsServed: number;
  ordered: number;
  /** What each batch was ordered to have at most. */
  readonly counts: number[];
  batchesOrdered: number;
  spentMilliseconds: number;
  exhausted: boolean;
  blocked: Failure | null;
  /** What this run's finals came to, or recorded ones of the same code. */
  finals: FinalsReport | null;
}

/** Spaces take a tenth of a second each: the rest of this process, such as a client whose broker waits for a heartbeat, has its turn after every one. */
export const startTaskRuns = async (tasks: readonly ExtractedTask[], hardware: HardwarePlugin, device: Device, records: RecordStore): Promise<readonly TaskRun[]> => {
  const runs: TaskRun[] = [];
  for (const [i, task] of tasks.entries()) {
    runs.push({
      task, position: i + 1, ...rememberedOf(task.task, rememberingDrafts(hardware.space(task.task)), recordedOf(task, device, records)), fitted: [], bestNs: [], spentAt: [],
      leader: null, callsServed: task.calls.length, ordered: 0, counts: [], batchesOrdered: 0, spentMilliseconds: 0, exhausted: false, blocked: null, finals: null,
    });
    await new Promise((resolve) => { setImmediate(resolve); });
  }
  leadersOf(tasks).forEach((at, i) => {
    const run = runs[i]!, leader = runs[at]!;
    // a point means the same only in the same space
    if (run === leader || !sameChoices(run.space, leader.space)) return;
    run.leader = leader;
    leader.callsServed += run.task.calls.length;
  });
  return runs;
};

const recordedOf = ({ task }: ExtractedTask, device: Device, records: RecordStore): ReadonlyMap<string, TuningRecord> => {
  const recorded = new Map<string, TuningRecord>();
  for (const record of records.ofTask(task.key))
    if (
      record.purpose !== 'final' &&
      isKept(record) &&
      record.protocol === device.protocol &&
      sameEnvironment(record.environment, device.environment) &&
      !recorded.has(record.schedule)
    )
      recorded.set(record.schedule, record);
  return recorded;
};

/** Results that start from what is recorded, as far as its points still make the schedules they made then. Without that, new finals could leave out the best of an earlier run. */
const rememberedOf = (task: Task, space: Space, recorded: ReadonlyMap<string, TuningRecord>): Pick<TaskRun, 'space' | 'results' | 'recorded'> => {
  const results = taskResults();
  for (const record of recorded.values()) {
    const candidate = candidateOfRecord(task, space, record);
    if (candidate) results.remember(candidate, measurementOf(record, candidate.id));
  }
  return { space, results, recorded };
};

const sameChoices = (a: Space, b: Space): boolean => {
  const text = ({ id, choices }: Space): string => canonicalJson({ id, choices: choices.map((choice) => ({ ...choice })) });
  return text(a) === text(b);
};

/** What the budget is shared by. A task that follows another gets nothing beyond its untuned schedule. */
export const progressOf = ({
  leader,
  callsServed,
  results,
  fitted,
  bestNs,
  spentAt,
  ordered,
  batchesOrdered,
  spentMilliseconds,
  exhausted,
  blocked,
}: TaskRun): TaskProgress => ({
  // the calls of a task that follows another count there
  calls: leader === null ? callsServed : 0,
  untunedNs: results.untuned?.medianNs ?? null,
  bestNs,
  spentAt,
  ordered,
  batchesOrdered,
  inFlight: batchesOrdered - fitted.length,
  spentMilliseconds,
  closed: exhausted || blocked !== null || (leader !== null && batchesOrdered > 0),
});
