/** Maps along one axis of a tensor: interpolation as a product with a constant matrix, running sums and products, extents of 1 repeated. Says nothing about what a matrix means. */
import { product } from '@loopsmith/util';
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { filled } from './filled.js';
import { places } from './position.js';
import { elementsOf, largestMatrix } from './sizes.js';
import type { Translation } from './translation.js';

/**
 * Y[.., o, ..] = sum over i of row[i] * X[.., i, ..], where `weigh` writes the row of o, of zeros before. A product: where X
 * holds an infinity, 0 times it is NaN in its whole line, so what only chooses elements gathers them instead.
 */
export const alongAxis = (t: Translation, X: GraphTensor, axis: number, outputs: number, weigh: (o: number, row: Float64Array) => void): GraphTensor => {
  const before = product(X.shape.slice(0, axis)), after = product(X.shape.slice(axis + 1)), extent = X.shape[axis]!;
  const matrix = new Float64Array(elementsOf(t, [outputs, extent], largestMatrix));
  for (let o = 0; o < outputs; o++) weigh(o, matrix.subarray(o * extent, (o + 1) * extent));
  const Y = t.emit('matmul', [t.constant(fromNumbers(X.dtype, [outputs, extent], matrix)), t.emit('reshape', [X], { shape: [before, extent, after] })]);
  return t.emit('reshape', [Y], { shape: X.shape.map((size, i) => (i === axis ? outputs : size)) });
};

/** Y[o] = X[0] .. X[o] added up or multiplied, along an axis; `reverse`: X[o] and what follows it; `exclusive`: without X[o]. */
export const running = (
  t: Translation,
  X: GraphTensor,
  axis: number,
  by: 'add' | 'multiply',
  { reverse, exclusive }: { readonly reverse: boolean; readonly exclusive: boolean },
): GraphTensor => (X.shape.includes(0) ? X : t.emit('running', [X, places(t, 'i32', 16, 0, 1)], { axis, by, reverse, exclusive }));

/** X and `shape` broadcast with each other: a product with ones, which have an extent only where X has none. Refused: extents that differ where neither is 1. */
export const expanded = (t: Translation, X: GraphTensor, shape: readonly number[]): GraphTensor => {
  const rank = Math.max(X.shape.length, shape.length), at = (extents: readonly number[], axis: number): number => extents[axis - rank + extents.length] ?? 1;
  const ones = Array.from({ length: rank }, (_, axis) => (at(X.shape, axis) === 1 ? at(shape, axis) : 1));
  if (ones.some((_, axis) => at(X.shape, axis) !== 1 && at(shape, axis) !== 1 && at(X.shape, axis) !== at(shape, axis)))
    return t.refuse(`broadcasts [${X.shape.join(',')}] to [${shape.join(',')}]; extents that are equal, or 1, were expected`);
  if (rank === X.shape.length && ones.every((extent) => extent === 1)) return X;
  return t.emit(X.dtype === 'bool' ? 'and' : 'multiply', [X, filled(t, X.dtype, ones, 1)]);
};

/** X broadcast to `shape` itself. Refused: an X that has more axes, or an extent that the shape has not. */
export const broadcastTo = (t: Translation, X: GraphTensor, shape: readonly number[]): GraphTensor => {
  const Y = expanded(t, X, shape);
  return Y.shape.join() === shape.join() ? Y : t.refuse(`broadcasts [${X.shape.join(',')}] to [${shape.join(',')}]; a shape that holds it was expected`);
};
