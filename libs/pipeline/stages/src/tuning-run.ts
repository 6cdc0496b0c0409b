/** What the parts of one tuning run share: what it was given, its tasks, its plan, the way of every batch, and whom it tells. Does nothing by itself. */
import type { Builder, Candidate, CostModel, Device, ExtractedTask, HardwarePlugin, Measurement, RecordStore, SearchStrategy, TuningEvent } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import type { Benches } from './benches.js';
import type { Budget, BudgetPlan } from './budget.js';
import { measurementOf, type RecordContext } from './candidate.js';
import type { Fitter } from './fit.js';
import type { Forecaster } from './forecast.js';
import type { RunLogEntry } from './run-log.js';
import type { Clock, Measured, Proposed, Stage } from './stage.js';
import type { TaskRun } from './task-run.js';
import type { Turns } from './turns.js';

export interface TuneOptions {
  readonly tasks: readonly ExtractedTask[];
  readonly hardware: HardwarePlugin;
  readonly builder: Builder;
  readonly device: Device;
  readonly strategy: SearchStrategy;
  readonly model: CostModel;
  readonly records: RecordStore;
  readonly budget: Budget;
  readonly seed: number;
  readonly clock: Clock;
  /** Asked before every measurement: whoever builds on the same cores waits, see `coresFor`. */
  readonly measuring: Turns;
  /** Answers when nothing is measured on the cores of this process, see `coresFor`; at once when absent. */
  readonly quiet?: (() => Promise<void>) | undefined;
  /** Ends the run after the candidate that is being measured; its records stay. */
  readonly signal: AbortSignal;
  /** Teaches the model elsewhere; in this process when absent. */
  readonly fitter?: Fitter;
  /** Candidates per batch, 16 by default; a budget of few trials takes smaller ones, so that results can teach. */
  readonly batchSize?: number;
  /** Told of everything proposals follow from, as it happens: see `run-log`. */
  readonly log?: (entry: RunLogEntry) => void;
}

/** What the parts of a run share. */
export interface Run extends TuneOptions {
  readonly runs: readonly TaskRun[];
  readonly plan: BudgetPlan;
  /** Where the budget is time: what it would save to go on, and whether that was right. */
  readonly forecasts: Forecaster;
  readonly benches: Benches;
  readonly context: RecordContext;
  /** Schedules a task takes over from the search of another. */
  readonly takenOver: number;
  /** Of the clock. */
  readonly began: number;
  /** `over`: when the orders that go out now are out. */
  readonly sending: { over: Promise<void> };
  runOf(key: string): TaskRun;
  emit(event: TuningEvent): void;
  /** Build, measure, record, report: the way of every batch, searched or taken over. */
  readonly tryBatch: Stage<Proposed, Measured>;
}

/** Orders that go out together are decided from the same results, however long that takes: what comes back meanwhile waits for this. */
export const allSent = async (sending: Run['sending']): Promise<void> => {
  for (let over: Promise<void> | undefined; over !== sending.over;) await (over = sending.over);
};

/** What this run or an earlier one found of a candidate. */
export const knownMeasurement = ({ results, recorded }: TaskRun, candidate: Candidate): Measurement | undefined => {
  const record = recorded.get(printSchedule(candidate.schedule));
  return results.byCandidate(candidate.id) ?? (record && measurementOf(record, candidate.id));
};
