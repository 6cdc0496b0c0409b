/** Search strategies and cost models: pure, seeded, without clock or I/O. A strategy never knows the device, a model never the strategy. */
import type { Json, Random } from '@loopsmith/util';
import type { Draft, Point, Space } from './space.js';

export const SearchStrategy = Symbol.for('loopsmith/SearchStrategy');
export interface SearchStrategy {
  readonly id: string;
  start(context: { readonly space: Space; readonly random: Random }): SearchSession;
}
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

export const CostModel = Symbol.for('loopsmith/CostModel');
/** What `fit` makes is a value: it travels in a message, and `predict` is a pure function of it. */
export interface CostModel {
  readonly id: string;
  fit(examples: readonly { readonly draft: Draft; readonly milliseconds: number | null }[]): Json;
  /** Predicted milliseconds, smaller is better; `state` is null before the first fit. */
  predict(state: Json | null, drafts: readonly Draft[]): Float64Array;
}
