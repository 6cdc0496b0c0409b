/**
 * Columns of a square of vectors, as many as each has lanes: every lane of a column is another vector's. Level by level two vectors are merged, which a
 * machine shuffles in one instruction; the merges of one level serve all columns, so that n columns take n log2 n of them and not n^2 lanes.
 */
import type { Expression } from '@loopsmith/ir';

/** A square whose row `i` is `row(i)`; `together` lanes lie in a part of a vector that instructions shuffle cheaply, both are powers of two. */
export interface Square { readonly lanes: number; readonly together: number; row(i: number): Expression }

/** Element `column` of each row, in order. `name` names a vector, and answers with the name of one that was made before. */
export const columnOf = ({ lanes, together, row }: Square, column: number, name: (vector: Expression) => Expression): Expression => {
  const near = column % together, far = Math.floor(column / together), inTogether = Math.log2(together);
  /** Rows i * 2^level and the next 2^level - 1, of those columns that agree with `column` in so many bits. */
  const merged = (level: number, i: number): Expression => {
    if (level === 0) return row(i);
    const parts = [merged(level - 1, 2 * i), merged(level - 1, 2 * i + 1)] as const, dtype = typeOfRow(parts[0]);
    const rows = 2 ** (level - 1), span = level <= inTogether ? together : lanes;
    const half = ((level <= inTogether ? near >> (inTogether - level) : far >> (Math.log2(lanes) - level)) & 1) * span / 2;
    return name({
      kind: 'assemble', dtype,
      lanes: Array.from({ length: lanes }, (_, at): Expression => {
        const within = at % span, lane = at - within + half + Math.floor(within / (2 * rows)) * rows + within % rows;
        return { kind: 'lane', of: parts[within % (2 * rows) < rows ? 0 : 1], lane };
      }),
    });
  };
  return merged(Math.log2(lanes), 0);
};

const typeOfRow = (vector: Expression): Extract<Expression, { kind: 'assemble' }>['dtype'] => {
  if (vector.kind !== 'register') throw new Error(`a column is of registers, not of a ${vector.kind}`);
  return vector.type.dtype;
};
