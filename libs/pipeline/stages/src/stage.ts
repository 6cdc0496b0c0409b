/**
 * What stages are and what passes between them. A stage is a pure RxJS operator: no transport, no container, no clock of its
 * own. A candidate's failure is a value in these messages; an error notification means a bug.
 */
import type { Artifact, Candidate, Measurement, Observation, Task } from '@loopsmith/contracts';
import type { Failure, Json, Outcome } from '@loopsmith/util';
import type { OperatorFunction } from 'rxjs';

export type Stage<I, O> = OperatorFunction<I, O>;

/** Time as the rim hands it in. */
export interface Clock {
  /** Milliseconds that never go back. */
  now(): number;
  /** ISO time of day, for records. */
  time(): string;
}

/** Asks `propose` for the next batch of a task. Batch 0 is the untuned schedule alone. */
export interface Order { readonly task: Task; readonly batch: number; readonly count: number }

/** A batch of one task, in proposal order. */
export interface Proposed {
  readonly task: Task;
  readonly batch: number;
  readonly purpose: 'untuned' | 'search';
  readonly candidates: readonly Candidate[];
  /** By candidate id: what records or earlier batches say already. These are neither built nor measured again. */
  readonly known: ReadonlyMap<string, Measurement>;
}

export interface Built extends Proposed {
  /** By candidate id, for every candidate that is not known. */
  readonly artifacts: ReadonlyMap<string, Outcome<Artifact>>;
}

export type Measured =
  /** One candidate is done. `fresh` when it was built or measured now, not known from before. */
  | { readonly kind: 'trial'; readonly batch: Built; readonly candidate: Candidate; readonly measurement: Measurement; readonly artifact: Artifact | null; readonly fresh: boolean }
  /** The batch is done, as far as it was not cut off by an abort; measurements in proposal order. `blocked`: the task cannot be measured at all. */
  | { readonly kind: 'batch'; readonly batch: Built; readonly measurements: readonly Measurement[]; readonly blocked: Failure | null };

/** What a batch taught: the observations of its candidates in proposal order, and the model fitted on all batches up to it. */
export interface Fitted { readonly task: Task; readonly batch: number; readonly observations: readonly Observation[]; readonly model: Json | null }
