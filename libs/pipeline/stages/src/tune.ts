/**
 * The tuning run: orders batches by the budget, sends them through propose, build, measure, record and fit, and ends every
 * task with its finals. Two batches are in flight at any time, one that builds and one that is measured. Everything measured
 * is recorded before it is reported; what records know already is not measured again. Prints nothing and chooses no schedule:
 * `bestSchedules` reads that from the records.
 */
import type { Builder, CostModel, Device, ExtractedTask, HardwarePlugin, Measurement, RecordStore, SearchStrategy, TuningEvent, TuningRecord } from '@loopsmith/contracts';
import { printSchedule } from '@loopsmith/ir';
import { seededRandom, type Failure } from '@loopsmith/util';
import { Observable, Subject, concatMap, tap } from 'rxjs';
import { openBenches, type Benches } from './benches.js';
import { budgetPlan, budgetText, type Budget, type TaskProgress } from './budget.js';
import { build } from './build.js';
import { measurementOf, recordOf, sameEnvironment, type RecordContext } from './candidate.js';
import { finalistsOf, runFinals } from './finals.js';
import { fit } from './fit.js';
import { measure } from './measure.js';
import { median } from './statistics.js';
import { propose } from './propose.js';
import type { Clock, Fitted, Measured, Order } from './stage.js';
import { taskResults, type TaskResults } from './task-results.js';
import { oneAtATime, sideBySide, type Turns } from './turns.js';

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
  /** Whether a core is free to build on while another is measured on. */
  readonly overlap: boolean;
  /** Ends the run after the candidate that is being measured; its records stay. */
  readonly signal: AbortSignal;
  /** Candidates per batch, 16 by default; a budget of few trials takes smaller ones, so that results can teach. */
  readonly batchSize?: number;
}

/** Mutable state of one task in one run. */
interface TaskRun {
  readonly task: ExtractedTask;
  readonly position: number;
  readonly space: ReturnType<HardwarePlugin['space']>;
  readonly results: TaskResults;
  readonly fitted: Fitted[];
  readonly bestNs: (number | null)[];
  /** Of this environment and protocol, by schedule text. */
  readonly recorded: ReadonlyMap<string, TuningRecord>;
  ordered: number;
  batchesOrdered: number;
  spentMilliseconds: number;
  exhausted: boolean;
  blocked: Failure | null;
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

const tuneWith = async (options: TuneOptions, benches: Benches, signal: AbortSignal, emit: (event: TuningEvent) => void): Promise<void> => {
  const { clock, budget, device, strategy, model, seed } = options;
  const began = clock.now();
  const turns = options.overlap ? sideBySide : oneAtATime();
  const context: RecordContext = { environment: device.environment, protocol: device.protocol, strategy: strategy.id, model: model.id, seed };
  const runs = options.tasks.map((task, i) => startTask(task, i + 1, options));
  const plan = budgetPlan(budget, options.batchSize ?? usualBatch(budget, runs.length));
  const runOf = (key: string): TaskRun => runs.find(({ task }) => task.task.key === key)!;

  emit({
    event: 'run-started', threads: device.environment.threads, budget: budgetText(budget),
    tasks: runs.map(({ task: { task, calls } }) => ({ key: task.key, label: task.label, calls: calls.length, flops: task.flops })),
  });
  await search(options, { runs, runOf, plan, benches, turns, signal, context, began, emit });
  for (const run of runs) {
    if (!signal.aborted && !run.blocked) await finish(run, options, { benches, turns, signal, context });
    emit(taskEnd(run, runs.length, signal.aborted));
  }
  const count = (of: (run: TaskRun) => number): number => runs.reduce((sum, run) => sum + of(run), 0);
  emit({ event: 'run-finished', trials: count((run) => run.results.trials), failures: count((run) => run.results.failures), seconds: (clock.now() - began) / 1000, interrupted: signal.aborted });
};

/** Full batches share the start of the compiler; a run of few trials needs several batches per task to learn anything. */
const usualBatch = (budget: Budget, tasks: number): number =>
  budget.kind === 'time' ? 16 : Math.max(4, Math.min(16, Math.ceil(budget.trials / Math.max(1, tasks) / 4)));

const startTask = (task: ExtractedTask, position: number, { hardware, device, records }: TuneOptions): TaskRun => {
  const recorded = new Map<string, TuningRecord>();
  for (const record of records.ofTask(task.task.key))
    if (record.purpose !== 'final' && record.protocol === device.protocol && sameEnvironment(record.environment, device.environment) && !recorded.has(record.schedule)) recorded.set(record.schedule, record);
  return { task, position, space: hardware.space(task.task), results: taskResults(), fitted: [], bestNs: [], recorded, ordered: 0, batchesOrdered: 0, spentMilliseconds: 0, exhausted: false, blocked: null };
};

interface SearchContext {
  readonly runs: readonly TaskRun[];
  runOf(key: string): TaskRun;
  readonly plan: ReturnType<typeof budgetPlan>;
  readonly benches: Benches;
  readonly turns: Turns;
  readonly signal: AbortSignal;
  readonly context: RecordContext;
  readonly began: number;
  emit(event: TuningEvent): void;
}

/** Batches in flight: one builds while one is measured. */
const IN_FLIGHT = 2;

/** The rounds. An order goes in when a batch comes out, so what is in flight is bounded by construction. */
const search = (options: TuneOptions, { runs, runOf, plan, benches, turns, signal, context, began, emit }: SearchContext): Promise<void> => {
  const { clock, records, model, strategy } = options;
  const orders = new Subject<Order>();
  let free = IN_FLIGHT, lastDone = began;

  const release = (): void => {
    while (free > 0) {
      const progress = runs.map(progressOf);
      const decision = signal.aborted ? 'done' : plan.next(progress, clock.now() - began);
      if (decision === 'wait') return;
      if (decision === 'done') {
        if (free === IN_FLIGHT) orders.complete();
        return;
      }
      const run = runs[decision.task]!, batch = run.batchesOrdered++;
      run.ordered += decision.count;
      if (batch === 1) emit({ event: 'task-started', task: run.task.task.key, label: run.task.task.label, position: run.position, of: runs.length, planned: plan.planned(decision.task, progress), resumed: run.recorded.size });
      free--;
      orders.next({ task: run.task.task, batch, count: decision.count });
    }
  };

  const report = (message: Measured): void => {
    const run = runOf(message.batch.task.key);
    if (message.kind === 'trial') {
      emit(trialEvent(message, run, runs.length, plan.planned(run.position - 1, runs.map(progressOf)), (run.spentMilliseconds + clock.now() - lastDone) / 1000));
      return;
    }
    run.blocked ??= message.blocked;
    run.spentMilliseconds += clock.now() - lastDone;
    lastDone = clock.now();
    // from the batch alone: the results may be ahead by then, and what the plan sees must not depend on timing
    run.bestNs.push(fastest(run.bestNs.at(-1) ?? null, message.measurements));
  };

  return new Promise((resolve, reject) => {
    orders.pipe(
      propose({
        strategy, model, random: seededRandom(options.seed),
        spaceOf: (key) => runOf(key).space,
        fitted: (key, batch) => runOf(key).fitted[batch]!,
        known: (candidate) => {
          const run = runOf(candidate.task), record = run.recorded.get(printSchedule(candidate.schedule));
          return run.results.byCandidate(candidate.id) ?? (record && measurementOf(record, candidate.id));
        },
      }),
      tap(({ task, batch, candidates }) => { if (batch > 0 && candidates.length === 0) runOf(task.key).exhausted = true; }),
      build(options.builder, turns, signal),
      measure(benches, (key) => runOf(key).results, turns, signal),
      concatMap(async (message) => {
        if (message.kind === 'trial' && message.fresh) await records.append(recordOf(message.batch.task, runOf(message.batch.task.key).space.id, message.candidate, message.measurement, context, clock.time()));
        return message;
      }),
      tap(report),
      fit(model, (key) => runOf(key).space),
    ).subscribe({
      next: (fitted) => {
        runOf(fitted.task.key).fitted.push(fitted);
        free++;
        release();
      },
      error: reject,
      complete: resolve,
    });
    release();
  });
};

const progressOf = ({ task, results, bestNs, ordered, batchesOrdered, spentMilliseconds, exhausted, blocked }: TaskRun): TaskProgress => ({
  calls: task.calls.length, untunedNs: results.untuned?.medianNs ?? null, bestNs, ordered, batchesOrdered, spentMilliseconds, closed: exhausted || blocked !== null,
});

const fastest = (best: number | null, measurements: readonly Measurement[]): number | null =>
  measurements.reduce((least, { outcome }) => (outcome.ok ? Math.min(least ?? Infinity, median(outcome.value.samplesNs)) : least), best);

const gflops = (flops: number, ns: number | undefined): number | null => (ns === undefined ? null : flops / ns);

const trialEvent = ({ measurement, batch }: Extract<Measured, { kind: 'trial' }>, { task, position, results }: TaskRun, of: number, planned: number, seconds: number): TuningEvent => {
  const { outcome } = measurement;
  const { flops, key, label } = task.task;
  return {
    event: 'trial', task: key, position, of, label, purpose: batch.purpose, trials: results.trials, planned, seconds,
    currentGflops: outcome.ok ? gflops(flops, median(outcome.value.samplesNs)) : null, bestGflops: gflops(flops, results.best[0]?.medianNs), failure: outcome.ok ? null : outcome.failure,
  };
};

/** Finals of one task, unless the records hold finals of the very same schedules. */
const finish = async (run: TaskRun, { records, builder, device, clock }: TuneOptions, { benches, turns, signal, context }: Pick<SearchContext, 'benches' | 'turns' | 'signal' | 'context'>): Promise<void> => {
  const task = run.task.task;
  const finalists = finalistsOf(run.results);
  if (finalists.length < 2) return;
  const earlier = records.ofTask(task.key).filter((record) => record.purpose === 'final' && record.protocol === device.protocol && sameEnvironment(record.environment, device.environment));
  const last = Math.max(-1, ...earlier.map(({ repeat }) => repeat));
  const compared = new Set(earlier.filter(({ repeat }) => repeat === last).map(({ schedule }) => schedule));
  if (compared.size > 0 && finalists.every(({ candidate }) => compared.has(printSchedule(candidate.schedule)))) return;
  const results = await runFinals(task, finalists, last + 1, builder, benches, turns, signal);
  // without finals the winner is the search's; the failure was a device's or a builder's, and says nothing of a schedule
  if (!results.ok || signal.aborted) return;
  await Promise.all(results.value.map(({ candidate, measurement }) => records.append(recordOf(task, run.space.id, candidate, measurement, context, clock.time()))));
};

const taskEnd = ({ task: { task }, position, results, blocked, exhausted, spentMilliseconds }: TaskRun, of: number, interrupted: boolean): TuningEvent => {
  const { key, label, flops } = task;
  const failure = blocked ?? (results.best.length === 0 && results.firstFailure && !results.firstFailure.outcome.ok ? allFailed(results, results.firstFailure.outcome.failure) : null);
  if (failure) return { event: 'task-failed', task: key, position, of, label, failure };
  return {
    event: 'task-finished', task: key, position, of, label, trials: results.trials, failures: results.failures, seconds: spentMilliseconds / 1000,
    bestGflops: gflops(flops, results.best[0]?.medianNs), untunedGflops: gflops(flops, results.untuned?.medianNs),
    reason: interrupted ? 'interrupted' : exhausted ? 'every schedule tried' : 'budget spent',
  };
};

const allFailed = ({ trials }: TaskResults, first: Failure): Failure => ({
  ...first, message: `all ${trials} candidates failed, the first so: ${first.message}`,
});
