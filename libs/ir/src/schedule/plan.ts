/**
 * Plan: what the steps of a schedule fold into. Per stage: its loops, where it is placed, what region it computes there,
 * where it is stored. Loops (the program) are built once from a finished Plan; nothing here is a tree of statements.
 */
import type { Guard, Index, LoopVariable } from '../index/index-expression.js';
import type { Layout } from '../tensor/layout.js';
import type { Definition, Stage } from '../tensor/tensor.js';
import type { HardwareIndex, Scope } from './step.js';

export interface Plan {
  /** The algorithm that replaced the direct one, `winograd 4`; null: none did. */
  readonly algorithm: string | null;
  /** The definition as rewritten by algorithm, splitReduction and cache steps. */
  readonly definition: Definition;
  /** By stage name, in the definition's order. */
  readonly stages: ReadonlyMap<string, PlannedStage>;
  /** Where inputs and tables are stored. */
  readonly inputs: ReadonlyMap<string, Layout>;
}

export type Place =
  | { readonly kind: 'unplaced' }
  | { readonly kind: 'inlined' }
  /** Known when the library is built: evaluated there, never part of the kernel. */
  | { readonly kind: 'compile' }
  /** A kernel of its own, over its whole extent. */
  | { readonly kind: 'root' }
  /** Inside the body of a loop of a consumer that is placed already. */
  | { readonly kind: 'at'; readonly consumer: string; readonly loop: string };

export interface PlannedStage {
  readonly stage: Stage;
  readonly place: Place;
  readonly scope: Scope;
  /** Where it is stored; axes count from the base of `region` when the scope is not global. */
  readonly layout: Layout;
  /** Per axis: what of the tensor this place computes. The base is over loop variables outside the stage. */
  readonly region: readonly { readonly base: Index; readonly extent: number }[];
  /** Outermost first; reduction loops among them. */
  readonly loops: readonly PlannedLoop[];
  /** Points outside any of these are neither computed nor stored. */
  readonly guards: Guard;
  /** Each axis, reduction axes too, as an Index over the stage's own loop variables (relative to the region's base for non-reduction axes). */
  readonly axes: ReadonlyMap<string, Index>;
}

export type LoopKind = 'serial' | 'unrolled' | 'vectorized' | 'parallel' | HardwareIndex;
export interface PlannedLoop { readonly name: string; readonly variable: LoopVariable; readonly reduces: boolean; readonly as: LoopKind }
