/**
 * The tuning run: orders batches by the budget, sends them through propose, build, measure, record and fit, and ends every
 * task with its finals. Three batches are in flight at any time, two of them at most of one task. Everything measured
 * is recorded before it is reported; what records know already is not measured again. Prints nothing and chooses no schedule:
 * `bestSchedules` reads that from the records.
 */
import type { Builder, Candidate, CostModel, Device, ExtractedTask, FinalsReport, HardwarePlugin, Measurement, RecordStore, SearchStrategy, TuningEvent } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import { seededRandom, type Failure } from '@loopsmith/util';
import { concatMap, from, lastValueFrom, mergeMap, Observable, of, pipe, Subject, tap } from 'rxjs';
import { openBenches, type Benches } from './benches.js';
import { budgetPlan, budgetText, type Budget, type BudgetPlan } from './budget.js';
import { build } from './build.js';
import { candidateOf, measurementOf, recordOf, sameEnvironment, type RecordContext } from './candidate.js';
import { finalistsOf, runFinals, type FinalistResult } from './finals.js';
import { fit, fitter, type Fitter } from './fit.js';
import { forecaster, type Forecaster } from './forecast.js';
import { measure } from './measure.js';
import { modelReport } from './model-report.js';
import { propose } from './propose.js';
import type { Clock, Measured, Order, Proposed, Stage } from './stage.js';
import { judge, median } from './statistics.js';
import type { TaskResults } from './task-results.js';
import type { RunLogEntry } from './run-log.js';
import { historyOf } from './task-history.js';
import { progressOf, startTaskRuns, type TaskRun } from './task-run.js';
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
  /** Ends the run after the candidate that is being measured; its records stay. */
  readonly signal: AbortSignal;
  /** Teaches the model elsewhere; in this process when absent. */
  readonly fitter?: Fitter;
  /** Candidates per batch, 16 by default; a budget of few trials takes smaller ones, so that results can teach. */
  readonly batchSize?: number;
  /** Told of everything proposals follow from, as it happens: see `run-log`. */
  readonly log?: (entry: RunLogEntry) => void;
}

/** Runs when subscribed to; unsubscribing aborts. Completes after `run-finished`; an error notification is a bug or a full disk. */
export const tune = (options: TuneOptions): Observable<TuningEvent> =>
  new Observable((subscriber) => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    if (options.signal.aborted) abort();
    options.signal.addEventListener('abort', abort);
    const run = async (): Promise<void> => {
      const benches = openBenches(options.device);
      try {
        await tuneWith(options, benches, controller.signal, (event) => subscriber.next(event));
      } finally {
        options.signal.removeEventListener('abort', abort);
        await benches.close();
      }
    };
    run().then(() => subscriber.complete(), (error: unknown) => subscriber.error(error));
    return abort;
  });

/** What the parts of a run share. */
interface Run extends TuneOptions {
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
  runOf(key: string): TaskRun;
  emit(event: TuningEvent): void;
  /** Build, measure, record, report: the way of every batch, searched or taken over. */
  readonly tryBatch: Stage<Proposed, Measured>;
}

const tuneWith = async (options: TuneOptions, benches: Benches, signal: AbortSignal, emit: (event: TuningEvent) => void): Promise<void> => {
  const { tasks, clock, budget, device, strategy, model, seed, hardware, records } = options;
  const runs = await startTaskRuns(tasks, hardware, device, records);
  const { searched, takenOver } = splitBudget(budget, runs);
  const shared = {
    ...options, signal, runs, benches, emit, takenOver, began: clock.now(), forecasts: forecaster(),
    plan: budgetPlan(searched, options.batchSize ?? usualBatch(budget, runs.length)),
    context: { environment: device.environment, protocol: device.protocol, strategy: strategy.id, model: model.id, seed },
    runOf: (key: string) => runs.find(({ task }) => task.task.key === key)!,
  };
  const run: Run = { ...shared, tryBatch: tryBatch(shared) };
  emit({
    event: 'run-started', threads: device.environment.threads, budget: budgetText(budget),
    tasks: tasks.map(({ task: { key, label, flops }, calls }) => ({ key, label, calls: calls.length, flops })),
  });
  await search(run);
  await endTasks(run);
  const count = (of: (results: TaskResults) => number): number => runs.reduce((sum, { results }) => sum + of(results), 0);
  emit({ event: 'run-finished', trials: count(({ trials }) => trials), failures: count(({ failures }) => failures), seconds: (clock.now() - run.began) / 1000, interrupted: signal.aborted, stopped: run.plan.stopped, forecasts: run.forecasts.made });
};

/**
 * Full batches share the start of the compiler; a task of few trials needs several batches to learn anything. Follows from the
 * budget alone, never from how fast the run is: a batch is proposed whole, so its size decides what is proposed.
 */
const usualBatch = (budget: Budget, tasks: number): number => {
  // some ten trials a second are usual
  const perTask = (budget.kind === 'time' ? budget.milliseconds / 100 : budget.trials) / Math.max(1, tasks);
  return Math.max(4, Math.min(16, Math.ceil(perTask / 4)));
};

/** What goes to the search, and how many schedules each follower takes over: four, or what three tenths of few trials allow. */
const splitBudget = (budget: Budget, runs: readonly TaskRun[]): { readonly searched: Budget; readonly takenOver: number } => {
  const followers = runs.filter(({ leader }) => leader !== null).length;
  if (budget.kind === 'time' || followers === 0) return { searched: budget, takenOver: 4 };
  const takenOver = Math.min(4, Math.floor((0.3 * Math.max(0, budget.trials - runs.length)) / followers));
  return { searched: { kind: 'trials', trials: budget.trials - takenOver * followers }, takenOver };
};

const tryBatch = ({ builder, measuring, signal, benches, runOf, records, context, clock, runs, plan, emit, began }: Omit<Run, 'tryBatch'>): Stage<Proposed, Measured> => {
  let lastDone = began;
  const report = (message: Measured): void => {
    const run = runOf(message.batch.task.key);
    const sinceLast = clock.now() - lastDone;
    if (message.kind === 'trial') return emit(trialEvent(message, run, runs.length, plan.planned(run.position - 1, runs.map(progressOf)), (run.spentMilliseconds + sinceLast) / 1000));
    run.blocked ??= message.blocked;
    run.spentMilliseconds += sinceLast;
    lastDone += sinceLast;
    // from the batch alone: the results may be ahead by then, and what the plan sees must not depend on timing
    run.bestNs.push(fastest(run.bestNs.at(-1) ?? null, message.measurements));
    run.spentAt.push(run.spentMilliseconds);
  };
  return pipe(
    build(builder, signal),
    measure(benches, (key) => runOf(key).results, measuring, signal),
    concatMap(async (message) => {
      if (message.kind === 'trial' && message.fresh) {
        const { task } = message.batch;
        await records.append(recordOf(task, runOf(task.key).space.id, message.candidate, message.measurement, context, clock.time()));
      }
      return message;
    }),
    tap(report),
  );
};

/** Batches in flight: while one is measured, one of the same task and one of another can build. Fewer leave cores without work; more are waited for when time is up. */
const IN_FLIGHT = 3;

/** The rounds. An order goes in when a batch comes out, so what is in flight is bounded by construction. */
const search = ({ runs, runOf, plan, budget, forecasts, tryBatch, signal, began, emit, clock, model, strategy, seed, benches, fitter: elsewhere, hardware, records, log }: Run): Promise<void> => {
  const orders = new Subject<Order>(), histories = new Map(runs.map(({ task: { task } }) => [task.key, historyOf(task, records.all())]));
  log?.({ entry: 'run', v: 1, hardware: hardware.id, strategy: strategy.id, model: model.id, seed });
  for (const { task: { task } } of runs) log?.({ entry: 'task', task, history: histories.get(task.key)! });
  let inFlight = 0;
  const release = (): void => {
    for (;;) {
      const progress = runs.map(progressOf), forecast = budget.kind === 'time' ? forecasts.look(clock.now() - began, progress) : null;
      if (forecast) emit({ event: 'forecast', seconds: forecast.seconds, expected: forecast.expected });
      const decision = signal.aborted ? 'done' : plan.next(progress, clock.now() - began);
      if (decision === 'wait') return;
      if (decision === 'done') {
        if (inFlight === 0) orders.complete();
        return;
      }
      const run = runs[decision.task]!, { key, label } = run.task.task;
      if (inFlight >= IN_FLIGHT) return;
      const batch = run.batchesOrdered++;
      // inputs and reference are made while the schedule is built; where nothing goes wrong nothing is lost, and what goes wrong is told when it is measured
      if (batch === 0 && run.recorded.size === 0) void benches.of(run.task.task);
      run.ordered += decision.count;
      run.counts.push(decision.count);
      if (batch === 1) emit({ event: 'task-started', task: key, label, position: run.position, of: runs.length, planned: plan.planned(decision.task, progress), resumed: run.recorded.size });
      inFlight++;
      orders.next({ task: run.task.task, batch, count: decision.count });
    }
  };
  return new Promise((resolve, reject) => {
    orders.pipe(
      propose({
        strategy, model, random: seededRandom(seed),
        spaceOf: (key) => runOf(key).space,
        historyOf: (key) => histories.get(key)!,
        fitted: (key, batch) => runOf(key).fitted[batch]!,
        known: (candidate) => knownMeasurement(runOf(candidate.task), candidate),
      }),
      tap(({ task, batch, candidates }) => log?.({ entry: 'proposed', task: task.key, batch, count: runOf(task.key).counts[batch]!, points: candidates.map(({ point }) => point) })),
      tap(({ task, batch, candidates }) => {
        const run = runOf(task.key);
        // what was not proposed goes back to the budget
        run.ordered -= run.counts[batch]! - candidates.length;
        if (batch > 0 && candidates.length === 0) run.exhausted = true;
      }),
      tryBatch,
      fit(elsewhere ?? fitter(model, (key) => runOf(key).space)),
    ).subscribe({
      next: (fitted) => {
        runOf(fitted.task.key).fitted.push(fitted);
        log?.({ entry: 'observed', task: fitted.task.key, batch: fitted.batch, observations: fitted.observations });
        inFlight--;
        release();
      },
      error: reject,
      complete: resolve,
    });
    release();
  });
};

const knownMeasurement = ({ results, recorded }: TaskRun, candidate: Candidate): Measurement | undefined => {
  const record = recorded.get(printSchedule(candidate.schedule));
  return results.byCandidate(candidate.id) ?? (record && measurementOf(record, candidate.id));
};

/** What two tasks take over is built, and finals are compared, while the other of them waits for its turn to be measured; told in the order of tasks. */
const endTasks = async (run: Run): Promise<void> => {
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
  void benches.of(task);
  await lastValueFrom(of<Proposed>({ task, batch: run.batchesOrdered++, purpose: 'search', candidates, known }).pipe(tryBatch));
};

/** The finals of one task, unless the records hold finals of the very same schedules. */
const finals = async (run: TaskRun, { records, builder, device, clock, benches, measuring, signal, context }: Run): Promise<void> => {
  const { task } = run.task;
  const finalists = finalistsOf(run.results);
  if (finalists.length < 2) return;
  const earlier = records.ofTask(task.key).filter((record) => record.purpose === 'final' && record.protocol === device.protocol && sameEnvironment(record.environment, device.environment));
  const last = Math.max(-1, ...earlier.map(({ repeat }) => repeat));
  const compared = new Set(earlier.filter(({ repeat }) => repeat === last).map(({ schedule }) => schedule));
  if (compared.size > 0 && finalists.every(({ candidate }) => compared.has(printSchedule(candidate.schedule)))) return;
  const results = await runFinals(task, finalists, last + 1, builder, benches, measuring, signal);
  // without finals the winner is the search's; the failure was a device's or a builder's, and says nothing of a schedule
  if (!results.ok || signal.aborted) return;
  run.finals = reportOf(results.value);
  await Promise.all(results.value.map(({ candidate, measurement }) => records.append(recordOf(task, run.space.id, candidate, measurement, context, clock.time()))));
};

/** Of finals whose baseline, the first, gave right answers; those that failed are left out. */
const reportOf = (results: readonly FinalistResult[]): FinalsReport | null => {
  const lists = results.flatMap(({ measurement: { outcome } }) => (outcome.ok ? [outcome.value.samplesNs] : []));
  if (lists.length < 2 || !results[0]!.measurement.outcome.ok) return null;
  const { winner, ...rest } = judge(lists);
  return { compared: lists.length, untunedWon: winner === 0, ...rest };
};

const fastest = (best: number | null, measurements: readonly Measurement[]): number | null =>
  measurements.reduce((least, { outcome }) => (outcome.ok ? Math.min(least ?? Infinity, median(outcome.value.samplesNs)) : least), best);

/** Null for what has no time or, as a concat, no arithmetic. */
const gflops = (flops: number, ns: number | undefined): number | null => (ns === undefined || flops === 0 ? null : flops / ns);

const trialEvent = ({ measurement: { outcome }, batch }: Extract<Measured, { kind: 'trial' }>, { task, position, results }: TaskRun, of: number, planned: number, seconds: number): TuningEvent => {
  const { flops, key, label } = task.task;
  return {
    event: 'trial', task: key, position, of, label, purpose: batch.purpose, trials: results.trials, planned: Math.max(planned, results.trials), seconds,
    currentGflops: outcome.ok ? gflops(flops, median(outcome.value.samplesNs)) : null, bestGflops: gflops(flops, results.best[0]?.medianNs), failure: outcome.ok ? null : outcome.failure,
  };
};

const taskEnd = ({ task: { task }, space, fitted, position, leader, results, blocked, exhausted, spentMilliseconds, finals }: TaskRun, of: number, ended: string, model: CostModel): TuningEvent => {
  const { key, label, flops } = task;
  const failure = blocked ?? (results.best.length === 0 && results.firstFailure && !results.firstFailure.outcome.ok ? allFailed(results, results.firstFailure.outcome.failure) : null);
  if (failure) return { event: 'task-failed', task: key, position, of, label, failure };
  return {
    event: 'task-finished', task: key, position, of, label, trials: results.trials, failures: results.failures, seconds: spentMilliseconds / 1000,
    bestGflops: gflops(flops, results.best[0]?.medianNs), untunedGflops: gflops(flops, results.untuned?.medianNs),
    finals, model: modelReport(model, space, fitted),
    reason: ended === 'interrupted' ? ended : leader ? `searched with task ${leader.position}` : exhausted ? 'every schedule tried' : ended,
  };
};

const allFailed = ({ trials }: TaskResults, first: Failure): Failure => ({
  ...first, message: `all ${trials} candidates failed, the first so: ${first.message}`,
});
