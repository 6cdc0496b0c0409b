/** The least time a machine can take for some arithmetic and some traffic (Williams, Waterman, Patterson, "Roofline", 2009). Measures nothing. */
import type { Target } from '@loopsmith/contracts';
import { estimatedFlops } from './report.js';

export interface Roofline {
  /** Operations per second of all cores in use. */
  readonly flops: number;
  /** Whether that was measured, or follows from the target's figures. */
  readonly measured: boolean;
  /** Bytes per second that all cores in use read, by the target's figures. */
  readonly bytes: number;
  readonly from: 'L3' | 'memory';
}

/** `workingSet`: bytes that come round again from one call to the next; what fits in L3 stays there. `limitFlops` null: not measured. */
export const rooflineOf = (target: Target, threads: number, workingSet: number, limitFlops: number | null): Roofline => {
  const from = workingSet <= target.caches.l3 ? 'L3' : 'memory';
  return {
    flops: limitFlops ?? estimatedFlops(target, threads), measured: limitFlops !== null, from,
    // two cores of a machine draw more from memory than one, but no further ones do (the same rule as the draft model's)
    bytes: from === 'L3' ? target.bandwidths.l3 * threads : target.bandwidths.memory * Math.min(threads, 2),
  };
};

/** Share of the roofline that a call of `nanoseconds` reaches, 1 at most for direct arithmetic; an algorithm that saves arithmetic can pass it. */
export const shareOfRoofline = ({ flops, bytes }: Roofline, work: { readonly flops: number; readonly bytes: number }, nanoseconds: number): number =>
  (Math.max(work.flops / flops, work.bytes / bytes) * 1e9) / nanoseconds;

export const rooflineText = ({ flops, measured, bytes, from }: Roofline): string =>
  `roofline: ${(flops / 1e9).toFixed(0)} GFLOP/s ${measured ? 'measured' : 'by the target\'s figures'}, ${(bytes / 1e9).toFixed(0)} GB/s from ${from} by the target's figures`;
