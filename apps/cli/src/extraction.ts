/** What lies ahead of a tuning run: every task of a model with its arithmetic, its bytes and its forecast. Builds and measures nothing. */
import type { ExtractedTask } from '@loopsmith/contracts';
import { bytesMoved } from '@loopsmith/ir';
import type { Compiler } from './compiler.js';

export interface ExtractedRow {
  readonly task: string;
  readonly label: string;
  readonly calls: number;
  /** `tunable`: a space of its own to search. `fallback`: the schedule that every definition gets, which is right and rarely fast. */
  readonly status: 'tunable' | 'fallback';
  /** Points of the space, illegal ones included. */
  readonly points: number;
  /** Of one call, as written: a multiply-add counts 2. */
  readonly flops: number;
  /** That one call reads and writes at least: each input and the output once, as they are stored. */
  readonly bytes: number;
  /** What the draft model says of one call with the untuned schedule. It ranks well and claims no accuracy. */
  readonly forecastMs: number;
}

export const extractedRows = ({ hardware, tasks }: Compiler): readonly ExtractedRow[] =>
  tasks.map(({ task, calls }: ExtractedTask): ExtractedRow => {
    const space = hardware.space(task);
    return {
      task: task.key, label: task.label, calls: calls.length, status: space.fallback === true ? 'fallback' : 'tunable',
      points: space.choices.reduce((product, { values }) => product * values.length, 1), flops: task.flops, bytes: bytesMoved(task.definition, task.layouts),
      forecastMs: space.draft(space.untuned()).milliseconds,
    };
  });
