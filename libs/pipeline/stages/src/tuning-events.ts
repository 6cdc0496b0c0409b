/** What a run tells of a trial and of the end of a task, made from what it knows of the task. Tells nobody. */
import type { CostModel, TuningEvent } from '@loopsmith/contracts';
import type { Failure } from '@loopsmith/util';
import { modelReport } from './model-report.js';
import type { Measured } from './stage.js';
import { median } from './statistics.js';
import type { TaskResults } from './task-results.js';
import type { TaskRun } from './task-run.js';

/** Null for what has no time or, as a concat, no arithmetic. */
const gflops = (flops: number, ns: number | undefined): number | null => (ns === undefined || flops === 0 ? null : flops / ns);

export const trialEvent = (
  { measurement: { outcome }, batch }: Extract<Measured, { kind: 'trial' }>,
  { task, position, results }: TaskRun,
  of: number,
  planned: number,
  seconds: number,
): TuningEvent => {
  const { flops, key, label } = task.task;
  return {
    event: 'trial',
    task: key,
    position,
    of,
    label,
    purpose: batch.purpose,
    trials: results.trials,
    planned: Math.max(planned, results.trials),
    seconds,
    currentGflops: outcome.ok ? gflops(flops, median(outcome.value.samplesNs)) : null,
    bestGflops: gflops(flops, results.best[0]?.medianNs),
    failure: outcome.ok ? null : outcome.failure,
  };
};

export const taskEnd = (
  { task: { task }, space, fitted, position, leader, results, blocked, exhausted, spentMilliseconds, finals }: TaskRun,
  of: number,
  ended: string,
  model: CostModel,
): TuningEvent => {
  const { key, label, flops } = task;
  const failure =
    blocked ??
    (results.best.length === 0 && results.firstFailure && !results.firstFailure.outcome.ok
      ? allFailed(results, results.firstFailure.outcome.failure)
      : null);
  if (failure) return { event: 'task-failed', task: key, position, of, label, failure };
  return {
    event: 'task-finished',
    task: key,
    position,
    of,
    label,
    trials: results.trials,
    failures: results.failures,
    seconds: spentMilliseconds / 1000,
    bestGflops: gflops(flops, finals?.winnerNs ?? results.best[0]?.medianNs),
    untunedGflops: gflops(flops, finals?.untunedNs ?? results.untuned?.medianNs),
    finals,
    model: modelReport(model, space, fitted),
    reason: ended === 'interrupted' ? ended : leader ? `searched with task ${leader.position}` : exhausted ? 'every schedule tried' : ended,
  };
};

const allFailed = ({ trials }: TaskResults, first: Failure): Failure => ({
  ...first, message: `${trials === 1 ? 'the one candidate failed' : `all ${trials} candidates failed, the first so`}: ${first.message}`,
});
