/** The closing lines of a run: how fast, how much of the machine, where it lies. Computes no figures from raw samples. */
import type { Target } from '@loopsmith/contracts';
import type { ExtractedTask } from '@loopsmith/contracts';
import type { Timing } from './timing.js';

/** AutoTVM's closing line. */
export const meanLine = ({ meanMs, stdMs }: Timing): string => `Mean inference time (std dev): ${milliseconds(meanMs)} (${milliseconds(stdMs)})`;

/** Three figures and more: a small network takes microseconds. */
export const milliseconds = (value: number): string => `${value > 0 && value < 0.1 ? value.toPrecision(3) : value < 1 ? value.toFixed(3) : value.toFixed(2)} ms`;

/** Floating point operations per second that all multiply-add units of `threads` cores, or of a whole GPU, start, by the target's own figures: an estimate. */
export const estimatedFlops = ({ clock, fmaPerCycle, vectorBytes, gpu }: Target, threads: number): number =>
  2 * clock * (gpu ? gpu.units * gpu.lanesPerUnit : fmaPerCycle * (vectorBytes / 4) * threads);

/**
 * Share of the machine's limit that the network's arithmetic, as written, takes of it. `limitFlops` is measured, or null where
 * only the target's figures are known. Above 100 % only where an algorithm saves arithmetic.
 */
export const limitLine = (tasks: readonly ExtractedTask[], target: Target, limitFlops: number | null, { medianMs, threads }: Timing): string => {
  const flops = tasks.reduce((sum, { task, calls }) => sum + task.flops * calls.length, 0);
  const rate = flops / (medianMs / 1000), limit = limitFlops ?? estimatedFlops(target, threads);
  const cores = `${threads} core${threads === 1 ? '' : 's'}`;
  return `${(rate / 1e9).toFixed(1)} GFLOPS, ${((100 * rate) / limit).toFixed(0)} % of the ${(limit / 1e9).toFixed(0)} GFLOPS that ${cores} ${limitFlops === null ? "should reach by the target's figures" : 'reached with multiply-adds alone'}${rate > limit ? ', more than all as where Winograd saves arithmetic' : ''}`;
};
