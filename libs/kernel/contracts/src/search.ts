/** Search strategies and cost models: pure, seeded, without clock or I/O. A strategy never knows the device, a model never the strategy. */
import type { Json, Random } from '@loopsmith/util';
import type { Draft, Point, Space } from './space.js';

export const SearchStrategy = Symbol.for('loopsmith/SearchStrategy');
export interface SearchStrategy {
  readonly id: string;
  start(context: SearchContext): SearchSession;
}
export interface SearchContext {
  readonly space: Space;
  readonly random: Random;
  /** What earlier runs measured of other tasks, most similar first; absent where nothing is known. */
  readonly history?: readonly TaskHistory[];
}
/** Results of another task. Its points may have choices and values that this task's space has not. */
export interface TaskHistory { readonly label: string; readonly space: string; readonly observations: readonly Observation[] }
export interface SearchSession {
  /** At most `count` points never proposed before; empty when the space is exhausted. `predict` is the model of the last fit. */
  propose(count: number, predict: Predictor): readonly Point[];
  /**
   * Every proposed point comes back here exactly once, failures included, in the order of proposal. The untuned point,
   * which nobody proposed, comes too: it is known already and need not be proposed.
   */
  observe(results: readonly Observation[]): void;
}
/** Predicted milliseconds per point; Infinity for a point that should not be built. */
export type Predictor = (points: readonly Point[]) => Float64Array;
/** `milliseconds` is null when the candidate failed; the failure teaches too. */
export interface Observation { readonly point: Point; readonly milliseconds: number | null; readonly failure: string | null }

/** A strategy made of others: the host looks its members up by id when all plugins are loaded, and offers the result as a strategy of this id. */
export const StrategyCombination = Symbol.for('loopsmith/StrategyCombination');
export interface StrategyCombination {
  readonly id: string;
  readonly members: readonly string[];
  /** `members` in the order of their ids. */
  combine(members: readonly SearchStrategy[]): SearchStrategy;
}

export const CostModel = Symbol.for('loopsmith/CostModel');
/** What `fit` makes is a value: it travels in a message, and `predict` is a pure function of it. */
export interface CostModel {
  readonly id: string;
  fit(examples: readonly { readonly draft: Draft; readonly milliseconds: number | null }[]): Json;
  /** Predicted milliseconds, smaller is better; `state` is null before the first fit. */
  predict(state: Json | null, drafts: readonly Draft[]): Float64Array;
}

/** A cost model made of others, as `StrategyCombination` is of strategies. */
export const CostModelCombination = Symbol.for('loopsmith/CostModelCombination');
export interface CostModelCombination {
  readonly id: string;
  readonly members: readonly string[];
  combine(members: readonly CostModel[]): CostModel;
}
