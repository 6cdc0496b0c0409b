/**
 * Lanes that lie a few elements apart in memory: the vectors that hold them are read whole, and merged two at a time, each merge a shuffle or two where lane by lane
 * takes a read and an insertion for every lane. The last vector ends with the last lane, so nothing is read that does not lie between the first and the last.
 */
import type { DType, Expression } from '@loopsmith/ir';

/** Lanes further apart are read one by one. */
export const mostMergedStep = 4;

/**
 * Every `step`th element from the first on, of vectors of `lanes`, which are no fewer than `step`. `vector(from)` is the register of those that begin so
 * many elements behind the first; `name` names a merge.
 */
export const everyNth = (dtype: DType, lanes: number, step: number, vector: (from: number) => Expression, name: (merge: Expression) => Expression): Expression => {
  const last = (lanes - 1) * step + 1 - lanes, starts = Array.from({ length: step }, (_, i) => (i === step - 1 ? last : i * lanes));
  const holder = (i: number): number => Math.min(Math.floor(i * step / lanes), step - 1);
  return starts.slice(1).reduce((merged, start, before) => {
    const next = vector(start), newest = before + 1;
    return name({
      kind: 'assemble', dtype,
      lanes: Array.from({ length: lanes }, (_, i): Expression => {
        // lanes of later vectors are whatever lies there: a later merge replaces them
        if (holder(i) >= newest) return { kind: 'lane', of: next, lane: holder(i) === newest ? i * step - start : i };
        return { kind: 'lane', of: merged, lane: newest === 1 ? i * step : i };
      }),
    });
  }, vector(0));
};
