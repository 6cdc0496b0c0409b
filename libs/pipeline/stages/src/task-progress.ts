/** How far a task of a run is, as budget and forecasts see it. */

/** What the planner is told of a task, by its position in the list of tasks. */
export interface TaskProgress {
  readonly calls: number;
  /** Of one call; null before it is known or when the untuned schedule fails. */
  readonly untunedNs: number | null;
  /** The best so far after each finished batch, the untuned one first. */
  readonly bestNs: readonly (number | null)[];
  /** Milliseconds spent on the task when each of them was finished. */
  readonly spentAt: readonly number[];
  /** Candidates ordered, the untuned one included. */
  readonly ordered: number;
  readonly batchesOrdered: number;
  /** Batches ordered that have not taught anything yet. */
  readonly inFlight: number;
  readonly spentMilliseconds: number;
  /** It cannot be measured, or has no more points. */
  readonly closed: boolean;
}
