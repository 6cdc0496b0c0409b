/** Examples as a ranking sees them: the drafts, their times, and the score that the draft alone gives. Learns nothing. */
import type { CostModel, Draft } from '@loopsmith/contracts';

export type Example = Parameters<CostModel['fit']>[0][number];

interface Ranked {
  readonly drafts: readonly Draft[];
  /** Milliseconds; Infinity for a candidate that failed: it is slower than any other. */
  readonly times: Float64Array;
  /** The least of them; Infinity when all failed. */
  readonly least: number;
  /** The median draft, in milliseconds; 1 without examples. */
  readonly scale: number;
}

/** Without what the draft refused. */
export const rankedExamples = (examples: readonly Example[]): Ranked => {
  const rows = examples.filter(({ draft }) => draft.refused === null && Number.isFinite(draft.milliseconds));
  const times = Float64Array.from(rows, ({ milliseconds }) => milliseconds ?? Infinity);
  const drafts = rows.map(({ draft }) => draft), sorted = drafts.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return { drafts, times, least: times.reduce((a, b) => Math.min(a, b), Infinity), scale: sorted[sorted.length >> 1] ?? 1 };
};

/** Of a draft of d milliseconds: -4 d / (d + scale), which falls as the logarithm does near the scale, without one. Higher is faster. */
export const draftScore = (milliseconds: number, scale: number): number => -4 * milliseconds / (milliseconds + scale);
