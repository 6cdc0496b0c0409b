/**
 * Steps: how a definition is to be computed, in Halide's and TVM's words. A schedule is a list of steps; it is the search
 * state, the database row, the message and the golden text. Steps say nothing of legality: `lowering/schedule` decides.
 */
import type { LayoutDim } from '../tensor/layout.js';

/** A loop of a stage. */
export interface LoopRef { readonly stage: string; readonly loop: string }
export type Scope = 'global' | 'scratch' | 'shared' | 'register';
export type HardwareIndex = { readonly bound: 'block' | 'thread'; readonly dimension: 'x' | 'y' | 'z' };

/** A dimension of a layout as a step spells it: by axis name; `size: null` takes what the axis needs. */
export interface LayoutDimText extends Omit<LayoutDim, 'axis' | 'size'> { readonly axis: string; readonly size: number | null }

export type Step =
  /** Computes the same in another way; the first step of a schedule. `tile`: outputs per tile and axis. */
  | { readonly step: 'algorithm'; readonly algorithm: 'winograd'; readonly tile: number }
  | { readonly step: 'splitReduction'; readonly stage: string; readonly loop: string; readonly by: number; readonly strided: boolean }
  | { readonly step: 'cacheWrite'; readonly stage: string; readonly as: string }
  | { readonly step: 'cacheRead'; readonly stage: string; readonly of: string; readonly as: string }
  | { readonly step: 'inline'; readonly stage: string }
  | { readonly step: 'computeAt'; readonly stage: string; readonly in: LoopRef; readonly scope: Scope }
  | { readonly step: 'root'; readonly stage: string }
  | { readonly step: 'layout'; readonly tensor: string; readonly dims: readonly LayoutDimText[] }
  | { readonly step: 'split'; readonly stage: string; readonly loop: string; readonly by: number; readonly into: readonly [string, string]; readonly round: boolean }
  | { readonly step: 'fuse'; readonly stage: string; readonly loops: readonly [string, string]; readonly into: string }
  | { readonly step: 'reorder'; readonly stage: string; readonly loops: readonly string[] }
  | { readonly step: 'unroll'; readonly stage: string; readonly loops: readonly string[] }
  | { readonly step: 'vectorize'; readonly stage: string; readonly loop: string }
  | { readonly step: 'parallel'; readonly stage: string; readonly loop: string }
  /** The loop becomes a hardware index of a GPU: every block or thread runs the iteration of its own number. */
  | { readonly step: 'bind'; readonly stage: string; readonly loop: string; readonly to: HardwareIndex };

export type StepOf<Name extends Step['step']> = Extract<Step, { readonly step: Name }>;
export type Schedule = readonly Step[];
