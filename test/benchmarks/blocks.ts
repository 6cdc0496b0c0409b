/** What a benchmark of a network holds: blocks of turns between two probes, and which of them count. Measures nothing. */
import type { Load } from './machine.js';
import type { Probe } from './probe.js';

/** One round: every engine had a turn, with a probe before and after. */
export interface Block { readonly before: Probe; readonly after: Probe; readonly load: Load; readonly milliseconds: Readonly<Record<string, readonly number[]>> }
export interface AnswerError { readonly engine: string; readonly seed: number; /** |out - ref| / |ref| in Euclidean norms. */ readonly relative: number; /** Largest difference. */ readonly largest: number }

export interface NetworkResult { readonly threads: number; readonly blocks: readonly Block[]; readonly errors: readonly AnswerError[]; readonly peakBytes: Readonly<Record<string, number>> }

/** Blocks that count: of several threads, those that began and ended in one state. */
export const steadyBlocks = (blocks: readonly Block[], threads: number): readonly Block[] =>
  blocks.filter(({ before, after }) => threads === 1 || before.state === after.state);
