/** Linear maps along one axis of a tensor, as products with a constant matrix: interpolation and running sums are that. Says nothing about what the matrix means. */
import { product } from '@loopsmith/util';
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { elementsOf } from './sizes.js';
import type { Translation } from './translation.js';


/** Elements of a matrix that is made while importing; an image of 8,000 rows made of 4,000 fits. */
export const largestMatrix = 2 ** 25;

/** Y[.., o, ..] = sum over i of matrix[o][i] * X[.., i, ..]. */
export const alongAxis = (t: Translation, X: GraphTensor, axis: number, matrix: readonly (readonly number[])[]): GraphTensor => {
  const before = product(X.shape.slice(0, axis)), after = product(X.shape.slice(axis + 1)), extent = X.shape[axis]!;
  const constant = t.constant(fromNumbers(X.dtype, [matrix.length, extent], matrix.flat()));
  const Y = t.emit('matmul', [constant, t.emit('reshape', [X], { shape: [before, extent, after] })]);
  return t.emit('reshape', [Y], { shape: X.shape.map((size, i) => (i === axis ? matrix.length : size)) });
};

/** X with axes of extent 1 repeated to `shape`, which broadcasts with X: a product with ones, which have an extent only where X has none. */
export const expanded = (t: Translation, X: GraphTensor, shape: readonly number[]): GraphTensor => {
  const rank = Math.max(X.shape.length, shape.length);
  const ones = Array.from({ length: rank }, (_, axis) => ((X.shape[axis - rank + X.shape.length] ?? 1) === 1 ? shape[axis - rank + shape.length] ?? 1 : 1));
  if (rank === X.shape.length && ones.every((extent) => extent === 1)) return X;
  return t.emit(X.dtype === 'bool' ? 'and' : 'multiply', [X, t.constant(fromNumbers(X.dtype, ones, new Array<number>(elementsOf(t, ones)).fill(1)))]);
};
