/** Places of elements along an axis, as constants that are compared with, and what follows from comparing: extremes, codes. Their values are made when they are first read. */
import { dataOnDemand, fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
import { scalarLike } from './filled.js';
import { elementsOf, largestMatrix } from './sizes.js';
import type { Translation } from './translation.js';

/** A constant whose elements are counted out, from 0 in row-major order. Refused: more than 2^25 elements. */
export const computed = (t: Translation, dtype: DType, shape: readonly number[], value: (i: number) => number): GraphTensor => {
  const count = elementsOf(t, shape, largestMatrix);
  return t.constant(dataOnDemand(dtype, shape, () => fromNumbers(dtype, shape, Float64Array.from({ length: count }, (_, i) => value(i))).values));
};

/** 0, 1, 2, .. along one of `rank` axes. */
export const places = (t: Translation, dtype: DType, extent: number, axis: number, rank: number): GraphTensor =>
  computed(t, dtype, Array.from({ length: rank - axis }, (_, i) => (i === 0 ? extent : 1)), (i) => i);

/** A matrix of 1 where a row and a column belong together, and of 0 elsewhere. */
export const pairs = (t: Translation, dtype: DType, rows: number, columns: number, belong: (row: number, column: number) => boolean): GraphTensor =>
  computed(t, dtype, [rows, columns], (i) => Number(belong(Math.floor(i / columns), i % columns)));

/** Place of the largest (smallest) element along an axis, i64; of equal ones the first, or the last. The axis goes, or stays with extent 1. */
export const extremum = (t: Translation, X: GraphTensor, axis: number, by: 'reduceMax' | 'reduceMin', { last = false, keepDims = false } = {}): GraphTensor => {
  if (X.shape[axis] === 0) return t.refuse(`looks for a place along axis ${axis} of a tensor of shape [${X.shape.join(',')}], which has none`);
  const iota = places(t, 'i32', X.shape[axis]!, axis, X.shape.length);
  const found = t.emit('equal', [X, t.emit(by, [X], { axes: [axis], keepDims: true })]);
  const place = t.emit('where', [found, iota, scalarLike(t, iota, last ? -1 : X.shape[axis]!)]);
  return t.emit('cast', [t.emit(last ? 'reduceMax' : 'reduceMin', [place], { axes: [axis], keepDims })], { to: 'i64' });
};

/** Where the place along a new axis of extent `depth` is the index; nowhere for an index outside. */
export const hotPlaces = (t: Translation, given: GraphTensor, depth: number, axis: number): GraphTensor => {
  const indices = t.emit('cast', [t.emit('reshape', [given], { shape: [...given.shape.slice(0, axis), 1, ...given.shape.slice(axis)] })], { to: 'i64' });
  return t.emit('equal', [places(t, 'i64', depth, axis, given.shape.length + 1), indices]);
};
