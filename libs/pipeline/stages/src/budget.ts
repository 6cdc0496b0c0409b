/**
 * How a run's budget is shared among its tasks, by expected gain in the network's time. First every untuned schedule, then to
 * each task its share of most of the budget (calls x untuned time), then batch by batch to the task with the most time and
 * the most recent improvement. With a budget of trials it is a pure function of the results; only a budget of time reads time.
 */
import { expectedSaving, FLOOR, gainRate, lastOf, mostlySearched, UNSEARCHED } from './forecast.js';
import type { TaskProgress } from './task-progress.js';

/**
 * `trials`: candidates of the whole run, untuned ones included, finals not. `milliseconds`: of the whole run, finals included;
 * `stopBelow` ends the search before, once another minute is expected to save less than this share of the network's time.
 */
export type Budget = { readonly kind: 'trials'; readonly trials: number } | { readonly kind: 'time'; readonly milliseconds: number; readonly stopBelow?: number };

export const budgetText = (budget: Budget): string => {
  if (budget.kind === 'trials') return `${budget.trials} trial${budget.trials === 1 ? '' : 's'}`;
  const time = budget.milliseconds % 60_000 === 0 ? `${budget.milliseconds / 60_000} min` : `${budget.milliseconds / 1000} s`;
  return budget.stopBelow === undefined ? time : `${time}, or until a minute saves less than ${Number((100 * budget.stopBelow).toPrecision(3))} %`;
};

/** The part that goes by share; the rest follows improvement. */
const SHARED = 0.7;
/** Batches of one task that may be ordered before the first of them has taught anything: the next is proposed from what the last but one taught. */
const UNTAUGHT = 2;
/** When a time budget starts no more batches: finals take some quarter of a second per task that has something to compare, but never more than three tenths of the budget. */
const searchEnd = (milliseconds: number, searched: number): number => milliseconds - Math.min(0.3 * milliseconds, Math.max(0.08 * milliseconds, searched * 250));

interface BatchOrder { readonly task: number; readonly count: number }
/** `wait`: nothing can be decided before a batch in flight is back. */
type Decision = BatchOrder | 'wait' | 'done';

export interface BudgetPlan {
  next(tasks: readonly TaskProgress[], elapsedMilliseconds: number): Decision;
  /** The forecast that made the last decision `done`, null where something else did or it was another one. */
  readonly stopped: number | null;
  /** Candidates a task is going to get, as far as can be said. */
  planned(task: number, tasks: readonly TaskProgress[]): number;
}

/** Candidates of a task's batch, the untuned one being batch 0: few at first, so that results teach soon, then as many as share the start of a compiler well. */
export const batchCount = (batch: number, most: number): number => Math.min(most, 4 * 2 ** Math.floor(Math.max(0, batch - 1) / 2));

export const budgetPlan = (budget: Budget, batchSize: number): BudgetPlan => {
  let shares: readonly number[] | null = null, stopped: number | null = null;
  const stopBelow = budget.kind === 'time' ? budget.stopBelow : undefined;
  const total = budget.kind === 'trials' ? budget.trials : budget.milliseconds;
  const spent = (task: TaskProgress): number => (budget.kind === 'trials' ? task.ordered : task.spentMilliseconds);

  return {
    get stopped() { return stopped; },
    next: (tasks, elapsed) => {
      stopped = null;
      if (budget.kind === 'time' && elapsed >= searchEnd(budget.milliseconds, tasks.filter(({ ordered }) => ordered > 1).length)) return 'done';
      const unmeasured = tasks.findIndex((task) => task.batchesOrdered === 0 && !task.closed);
      if (unmeasured >= 0) return { task: unmeasured, count: 1 };
      const open = tasks.flatMap((task, i) => (task.closed ? [] : [i]));
      if (open.length === 0) return 'done';
      const ready = open.filter((i) => tasks[i]!.inFlight < UNTAUGHT);
      if (stopBelow !== undefined) {
        // nothing is shared out beforehand: whoever may stop any moment goes where the gain is from the start
        if (tasks.some((task) => !task.closed && task.bestNs.length === 0)) return 'wait';
        const saving = mostlySearched(open.map((i) => tasks[i]!)) ? expectedSaving(tasks) : Infinity;
        if (saving < stopBelow) { stopped = saving; return 'done'; }
        if (ready.length === 0) return 'wait';
        const task = ready.reduce((best, i) => (gainRate(tasks[i]!) > gainRate(tasks[best]!) ? i : best));
        return { task, count: batchCount(tasks[task]!.batchesOrdered, batchSize) };
      }
      if (!shares) {
        if (tasks.some((task) => !task.closed && task.bestNs.length === 0)) return 'wait';
        shares = sharesOf(tasks, spent, budget.kind === 'trials' ? Math.max(0, total - tasks.length) : searchEnd(total, tasks.length) - elapsed);
      }
      const left = budget.kind === 'trials' ? total - tasks.reduce((sum, task) => sum + task.ordered, 0) : Infinity;
      if (left <= 0) return 'done';
      if (ready.length === 0) return 'wait';
      const limits = shares;
      const sharing = ready.find((i) => spent(tasks[i]!) < limits[i]!);
      if (sharing !== undefined) {
        const rest = budget.kind === 'trials' ? limits[sharing]! - tasks[sharing]!.ordered : Infinity;
        return { task: sharing, count: Math.min(batchCount(tasks[sharing]!.batchesOrdered, batchSize), rest, left) };
      }
      const task = mostGain(tasks, ready);
      return { task, count: Math.min(batchCount(tasks[task]!.batchesOrdered, batchSize), left) };
    },
    planned: (i, tasks) => {
      const task = tasks[i]!, share = shares?.[i];
      if (share === undefined) return task.ordered;
      if (budget.kind === 'trials') return Math.max(task.ordered, share);
      return task.spentMilliseconds > 0 ? Math.max(task.ordered, Math.round((task.ordered * share) / task.spentMilliseconds)) : task.ordered;
    },
  };
};

/** Per task what it may have spent when its share is used up: what it has spent already plus its part of the shared pool. */
const sharesOf = (tasks: readonly TaskProgress[], spent: (task: TaskProgress) => number, pool: number): readonly number[] => {
  const known = tasks.flatMap(({ untunedNs }) => (untunedNs === null ? [] : [untunedNs]));
  const usual = known.length === 0 ? 1 : known.reduce((a, b) => a + b, 0) / known.length;
  const weights = tasks.map(({ calls, untunedNs, closed }) => (closed ? 0 : calls * (untunedNs ?? usual)));
  const sum = weights.reduce((a, b) => a + b, 0) || 1;
  return tasks.map((task, i) => spent(task) + Math.floor((pool * SHARED * weights[i]!) / sum));
};

/** The open task with the most time and the most recent improvement. */
const mostGain = (tasks: readonly TaskProgress[], open: readonly number[]): number => {
  const gain = (i: number): number => tasks[i]!.calls * (lastOf(tasks[i]!) ?? 0) * recentImprovement(tasks[i]!);
  return open.reduce((best, i) => (gain(i) > gain(best) ? i : best));
};

/** Relative fall of the best over the last two batches. */
const recentImprovement = (task: TaskProgress): number => {
  const { bestNs, batchesOrdered } = task;
  if (batchesOrdered <= 1) return UNSEARCHED;
  const now = lastOf(task), before = bestNs[Math.max(0, bestNs.length - 3)] ?? null;
  return now === null || before === null || before === 0 ? UNSEARCHED : Math.max(FLOOR, (before - now) / before);
};
