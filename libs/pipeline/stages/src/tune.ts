/**
 * The tuning run: orders batches by the budget, sends them through propose, build, measure, record and fit, and ends every
 * task with its finals. Three batches are in flight at any time, two of them at most of one task. Everything measured
 * is recorded before it is reported; what records know already is not measured again. Prints nothing and chooses no schedule:
 * `bestSchedules` reads that from the records.
 */
import type { Measurement, TuningEvent } from '@loopsmith/contracts';
import { seededRandom } from '@loopsmith/util';
import { concatMap, Observable, pipe, Subject, tap } from 'rxjs';
import { openBenches, type Benches } from './benches.js';
import { budgetPlan, budgetText, type Budget } from './budget.js';
import { build } from './build.js';
import { isKept, recordOf } from './candidate.js';
import { fit, fitter } from './fit.js';
import { forecaster } from './forecast.js';
import { measure } from './measure.js';
import { propose } from './propose.js';
import type { Measured, Order, Proposed, Stage } from './stage.js';
import { median } from './statistics.js';
import { endTasks } from './task-endings.js';
import { historyOf } from './task-history.js';
import type { TaskResults } from './task-results.js';
import { progressOf, startTaskRuns, type TaskRun } from './task-run.js';
import { trialEvent } from './tuning-events.js';
import { allSent, knownMeasurement, type Run, type TuneOptions } from './tuning-run.js';

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

const tuneWith = async (options: TuneOptions, benches: Benches, signal: AbortSignal, emit: (event: TuningEvent) => void): Promise<void> => {
  const { tasks, clock, budget, device, strategy, model, seed, hardware, records } = options;
  const runs = await startTaskRuns(tasks, hardware, device, records);
  const { searched, takenOver } = splitBudget(budget, runs);
  const shared = {
    ...options, signal, runs, benches, emit, takenOver, began: clock.now(), forecasts: forecaster(), sending: { over: Promise.resolve() },
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
  emit({
    event: 'run-finished',
    trials: count(({ trials }) => trials),
    failures: count(({ failures }) => failures),
    seconds: (clock.now() - run.began) / 1000,
    interrupted: signal.aborted,
    stopped: run.plan.stopped,
    forecasts: run.forecasts.made,
  });
};

/**
 * Full batches share the start of the compiler; a task of few trials needs several batches to learn anything. Follows from the
 * budget alone, never from how fast the run is: a batch is proposed whole, so its size decides what is proposed.
 */
const usualBatch = (budget: Budget, tasks: number): number => {
  // as on a network of small layers, which come to ten trials a second; where fewer come, batches are a little larger than they need be
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

const tryBatch = ({ builder, measuring, sending, signal, benches, runOf, records, context, clock, runs, plan, emit, began }: Omit<Run, 'tryBatch'>): Stage<Proposed, Measured> => {
  let lastDone = began;
  const report = (message: Measured): void => {
    const run = runOf(message.batch.task.key);
    const sinceLast = clock.now() - lastDone;
    if (message.kind === 'trial')
      return emit(
        trialEvent(message, run, runs.length, plan.planned(run.position - 1, runs.map(progressOf)), (run.spentMilliseconds + sinceLast) / 1000),
      );
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
      if (message.kind === 'trial' && message.fresh && isKept(message.measurement)) {
        const { task } = message.batch;
        await records.append(recordOf(task, runOf(task.key).space.id, message.candidate, message.measurement, context, clock.time()));
      }
      await allSent(sending);
      return message;
    }),
    tap(report),
  );
};

/** Batches in flight: while one is measured, one of the same task and one of another can build. Fewer leave cores without work; more are waited for when time is up. */
const IN_FLIGHT = 3;
/** Of untuned schedules, each a batch of one: the references that they wait for are made one after the other. */
const UNTUNED_IN_FLIGHT = 6;

/** The next order by the plan, counted where it belongs and told of. */
const nextOrder = ({ runs, plan, budget, forecasts, signal, began, emit, clock, benches }: Run, inFlight: number): Order | 'wait' | 'done' => {
  const progress = runs.map(progressOf), forecast = budget.kind === 'time' ? forecasts.look(clock.now() - began, progress) : null;
  if (forecast) emit({ event: 'forecast', seconds: forecast.seconds, expected: forecast.expected });
  const decision = signal.aborted ? 'done' : plan.next(progress, clock.now() - began);
  if (decision === 'wait' || decision === 'done') return decision;
  if (inFlight >= (runs[decision.task]!.batchesOrdered === 0 ? UNTUNED_IN_FLIGHT : IN_FLIGHT)) return 'wait';
  const run = runs[decision.task]!, { task } = run.task, batch = run.batchesOrdered++;
  // inputs and reference are made while the schedule is built; where nothing goes wrong nothing is lost, and what goes wrong is told when it is measured
  if (batch === 0 && run.recorded.size === 0) void benches.use(task, () => Promise.resolve());
  run.ordered += decision.count;
  run.counts.push(decision.count);
  if (batch === 1)
    emit({
      event: 'task-started', task: task.key, label: task.label, position: run.position, of: runs.length,
      planned: plan.planned(decision.task, progress), resumed: run.recorded.size,
    });
  return { task, batch, count: decision.count };
};

/** The rounds. An order goes in when a batch comes out, so what is in flight is bounded by construction. */
const search = (run: Run): Promise<void> => {
  const { runs, runOf, tryBatch, model, strategy, seed, hardware, records, log, quiet } = run;
  // as it was before the run: what it measures of one task must not reach another, for that would depend on timing
  const orders = new Subject<Order>(), earlier = [...records.all()];
  log?.({ entry: 'run', v: 1, hardware: hardware.id, strategy: strategy.id, model: model.id, seed });
  for (const { task } of runs) log?.({ entry: 'task', task: task.task, history: historyOf(task.task, earlier) });
  let inFlight = 0, isSending = false;
  // one loop at a time: an order counts as under way from its decision on, and only a loop that sees nothing under way ends the orders
  const send = async (): Promise<void> => {
    isSending = true;
    try {
      for (let alone = true; ; alone = false) {
        const order = nextOrder(run, inFlight);
        if (order === 'done' && inFlight === 0) orders.complete();
        if (order === 'done' || order === 'wait') return;
        inFlight++;
        if (!alone) await quiet?.();
        orders.next(order);
        // a batch is proposed and printed without a break: its compilers start before the next one is, not after all of them
        await new Promise((resolve) => { setImmediate(resolve); });
      }
    } finally {
      isSending = false;
    }
  };
  return new Promise((resolve, reject) => {
    const release = (): void => { if (!isSending) run.sending.over = send().catch(reject); };
    orders
      .pipe(
        propose({
          strategy,
          model,
          random: seededRandom(seed),
          spaceOf: (key) => runOf(key).space,
          historyOf: (key) => historyOf(runOf(key).task.task, earlier),
          fitted: (key, batch) => runOf(key).fitted[batch]!,
          known: (candidate) => knownMeasurement(runOf(candidate.task), candidate),
        }),
        tap(({ task, batch, candidates }) => {
          const own = runOf(task.key), count = own.counts[batch]!;
          log?.({ entry: 'proposed', task: task.key, batch, count, points: candidates.map(({ point }) => point) });
          // what was not proposed goes back to the budget
          own.ordered -= count - candidates.length;
          if (batch > 0 && candidates.length === 0) own.exhausted = true;
        }),
        tryBatch,
        fit(run.fitter ?? fitter(model, (key) => runOf(key).space)),
        concatMap(async (fitted) => { await allSent(run.sending); return fitted; }),
        // here and not in the subscription: what is thrown there, as by a log whose disk is full, no one could catch
        tap((fitted) => {
          runOf(fitted.task.key).fitted.push(fitted);
          log?.({ entry: 'observed', task: fitted.task.key, batch: fitted.batch, observations: fitted.observations });
          inFlight--;
          release();
        }),
      )
      .subscribe({ error: reject, complete: resolve });
    release();
  });
};

const fastest = (best: number | null, measurements: readonly Measurement[]): number | null =>
  measurements.reduce((least, { outcome }) => (outcome.ok ? Math.min(least ?? Infinity, median(outcome.value.samplesNs)) : least), best);
