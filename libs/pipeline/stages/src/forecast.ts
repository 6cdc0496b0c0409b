/**
 * What more search would save, foretold from how it went so far, and afterwards whether that was right. Gains fall off like the
 * logarithm of the time spent, so a stretch from t to t + d is expected to save what the one from t² / (t + d) to t saved: both
 * are the same factor of time. Reads no clock and stops nothing: the budget does.
 */
import type { TaskProgress } from './task-progress.js';

/** The stretch that forecasts are about, in milliseconds: what a person waits for without leaving. */
export const STRETCH = 60_000;
/** Improvement that is assumed of a task that was not searched: while no other was either, or by its first search. */
export const UNSEARCHED = 0.1;
/** Improvement that is assumed at least of one that was. */
export const FLOOR = 0.005;

/** Nanoseconds of the task's best so far; null before it is known. */
export const lastOf = ({ bestNs }: TaskProgress): number | null => bestNs.at(-1) ?? null;

/** Sum of the kernels' times over the network's calls, as far as they are known. */
export const networkNs = (tasks: readonly TaskProgress[]): number => tasks.reduce((sum, task) => sum + task.calls * (lastOf(task) ?? 0), 0);

/** Share of `networkNs` that a stretch more is expected to save, spent on tasks in proportion to their time. */
export const expectedSaving = (tasks: readonly TaskProgress[]): number => {
  const open = tasks.filter((task) => !task.closed && task.calls > 0 && lastOf(task) !== null), all = networkNs(tasks), searchable = networkNs(open);
  if (searchable === 0) return 0;
  const searched = open.filter(({ bestNs }) => bestNs.length > 1);
  const usual = searched.length === 0 ? UNSEARCHED : meanFall(searched);
  const saved = open.map((task) => {
    const now = lastOf(task)!, weight = task.calls * now;
    return weight * (searched.includes(task) ? savedBy(task, (STRETCH * weight) / searchable) : usual);
  });
  return saved.reduce((a, b) => a + b, 0) / all;
};

/** Finished batches of a task, the untuned one too, before its own past says more than that of the others. */
const SEARCHED = 4;

/** What a task is expected to save of the network by each further millisecond, up to a common factor. */
export const gainRate = (task: TaskProgress): number => {
  const { calls, bestNs, spentMilliseconds } = task;
  const fall = bestNs.length < SEARCHED ? UNSEARCHED : Math.max(FLOOR, savedBy(task, spentMilliseconds));
  return (calls * (lastOf(task) ?? 0) * fall) / (1 + spentMilliseconds);
};

/** Whether the tasks that were searched make up nearly all of the time of these. */
export const mostlySearched = (tasks: readonly TaskProgress[]): boolean => networkNs(tasks.filter(({ bestNs }) => bestNs.length >= SEARCHED)) >= 0.9 * networkNs(tasks);

/** Share of its time then that the stretch before now saved, which is the same factor of time as `milliseconds` after it. */
const savedBy = ({ bestNs, spentAt, spentMilliseconds: spent }: TaskProgress, milliseconds: number): number => {
  const since = (spent * spent) / (spent + milliseconds), before = bestNs[Math.max(0, spentAt.findLastIndex((at) => at <= since))] ?? null, now = bestNs.at(-1)!;
  return now === null || before === null ? 0 : Math.max(0, before - now) / before;
};

/** What searches saved so far, as a share of the untuned times. */
const meanFall = (tasks: readonly TaskProgress[]): number => {
  const before = tasks.reduce((sum, { calls, bestNs }) => sum + calls * (bestNs[0] ?? 0), 0);
  return before === 0 ? 0 : Math.max(0, 1 - networkNs(tasks) / before);
};

export interface Forecast {
  /** Since the start of the run. */
  readonly seconds: number;
  /** Share of the sum of kernel times that the minute after it was expected to save. */
  readonly expected: number;
  /** What it saved; null when the search ended before. */
  readonly found: number | null;
}

export interface Forecaster {
  /** To be told of the state of a run often; answers when a forecast is due: half a minute after the start, and whenever the time has doubled. */
  look(elapsedMilliseconds: number, tasks: readonly TaskProgress[]): Forecast | null;
  readonly made: readonly Forecast[];
}

export const forecaster = (): Forecaster => {
  const made: Forecast[] = [], sums: number[] = [];
  let due = STRETCH / 2;
  return {
    made,
    look: (elapsed, tasks) => {
      // before every untuned time is known there is no sum to compare with
      if (tasks.some((task) => !task.closed && task.bestNs.length === 0)) return null;
      made.forEach((forecast, i) => {
        if (forecast.found === null && elapsed >= forecast.seconds * 1000 + STRETCH) made[i] = { ...forecast, found: 1 - networkNs(tasks) / sums[i]! };
      });
      if (elapsed < due || networkNs(tasks) === 0) return null;
      while (due <= elapsed) due *= 2;
      const forecast: Forecast = { seconds: elapsed / 1000, expected: expectedSaving(tasks), found: null };
      made.push(forecast);
      sums.push(networkNs(tasks));
      return forecast;
    },
  };
};
