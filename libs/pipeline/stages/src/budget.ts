/**
 * How a run's budget is shared among its tasks, by expected gain in the network's time. First every untuned schedule, then to
 * each task its share of most of the budget (calls x untuned time), then batch by batch to the task with the most time and
 * the most recent improvement. With a budget of trials it is a pure function of the results; only a budget of time reads time.
 */

/** `trials`: candidates of the whole run, untuned ones included, finals not. `milliseconds`: of the whole run, finals included. */
export type Budget = { readonly kind: 'trials'; readonly trials: number } | { readonly kind: 'time'; readonly milliseconds: number };

export const budgetText = (budget: Budget): string =>
  budget.kind === 'trials' ? `${budget.trials} trials` : budget.milliseconds % 60_000 === 0 ? `${budget.milliseconds / 60_000} min` : `${budget.milliseconds / 1000} s`;

/** The part that goes by share; the rest follows improvement. */
const SHARED = 0.7;
/** When a time budget starts no more batches: finals take some quarter of a second per task, but never more than three tenths of the budget. */
const searchEnd = (milliseconds: number, tasks: number): number => milliseconds - Math.min(0.3 * milliseconds, Math.max(0.08 * milliseconds, tasks * 250));
/** Improvement that is assumed of a task that has not been searched yet, and the least that is assumed of any other. */
const UNSEARCHED = 0.1, FLOOR = 0.005;

/** What the planner is told of a task, by its position in the list of tasks. */
export interface TaskProgress {
  readonly calls: number;
  /** Of one call; null before it is known or when the untuned schedule fails. */
  readonly untunedNs: number | null;
  /** The best so far after each finished batch, the untuned one first. */
  readonly bestNs: readonly (number | null)[];
  /** Candidates ordered, the untuned one included. */
  readonly ordered: number;
  readonly batchesOrdered: number;
  readonly spentMilliseconds: number;
  /** It cannot be measured, or has no more points. */
  readonly closed: boolean;
}

export interface BatchOrder { readonly task: number; readonly count: number }
/** `wait`: nothing can be decided before a batch in flight is back. */
export type Decision = BatchOrder | 'wait' | 'done';

export interface BudgetPlan {
  next(tasks: readonly TaskProgress[], elapsedMilliseconds: number): Decision;
  /** Candidates a task is going to get, as far as can be said. */
  planned(task: number, tasks: readonly TaskProgress[]): number;
}

export const budgetPlan = (budget: Budget, batchSize: number): BudgetPlan => {
  let shares: readonly number[] | null = null;
  const total = budget.kind === 'trials' ? budget.trials : budget.milliseconds;
  const spent = (task: TaskProgress): number => (budget.kind === 'trials' ? task.ordered : task.spentMilliseconds);

  return {
    next: (tasks, elapsed) => {
      if (budget.kind === 'time' && elapsed >= searchEnd(budget.milliseconds, tasks.length)) return 'done';
      const unmeasured = tasks.findIndex((task) => task.batchesOrdered === 0 && !task.closed);
      if (unmeasured >= 0) return { task: unmeasured, count: 1 };
      const open = tasks.flatMap((task, i) => (task.closed ? [] : [i]));
      if (open.length === 0) return 'done';
      if (!shares) {
        if (tasks.some((task) => !task.closed && task.bestNs.length === 0)) return 'wait';
        shares = sharesOf(tasks, spent, budget.kind === 'trials' ? Math.max(0, total - tasks.length) : searchEnd(total, tasks.length) - elapsed);
      }
      const left = budget.kind === 'trials' ? total - tasks.reduce((sum, task) => sum + task.ordered, 0) : Infinity;
      if (left <= 0) return 'done';
      const limits = shares;
      const sharing = open.find((i) => spent(tasks[i]!) < limits[i]!);
      if (sharing !== undefined) {
        const rest = budget.kind === 'trials' ? limits[sharing]! - tasks[sharing]!.ordered : Infinity;
        return { task: sharing, count: Math.min(batchSize, rest, left) };
      }
      const gain = (i: number): number => tasks[i]!.calls * (lastOf(tasks[i]!) ?? 0) * recentImprovement(tasks[i]!);
      const most = open.reduce((best, i) => (gain(i) > gain(best) ? i : best));
      return { task: most, count: Math.min(batchSize, left) };
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

const lastOf = (task: TaskProgress): number | null => task.bestNs.at(-1) ?? null;

/** Relative fall of the best over the last two batches. */
const recentImprovement = ({ bestNs, batchesOrdered }: TaskProgress): number => {
  if (batchesOrdered <= 1) return UNSEARCHED;
  const now = bestNs.at(-1) ?? null, before = bestNs[Math.max(0, bestNs.length - 3)] ?? null;
  return now === null || before === null || before === 0 ? UNSEARCHED : Math.max(FLOOR, (before - now) / before);
};
