/** Places of elements along an axis, as constants that are compared with, and what follows from comparing: extremes, ranks. Their values are made when they are first read. */
import { product } from '@loopsmith/util';
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
  const iota = places(t, 'i64', X.shape[axis]!, axis, X.shape.length);
  const found = t.emit('equal', [X, t.emit(by, [X], { axes: [axis], keepDims: true })]);
  const place = t.emit('where', [found, iota, scalarLike(t, iota, last ? -1 : X.shape[axis]!)]);
  return t.emit(last ? 'reduceMax' : 'reduceMin', [place], { axes: [axis], keepDims });
};

/** Where the place along a new axis of extent `depth` is the index; negative indices count from the end. */
export const hotPlaces = (t: Translation, given: GraphTensor, depth: number, axis: number): GraphTensor => {
  const rank = given.shape.length + 1;
  const indices = t.emit('cast', [t.emit('reshape', [given], { shape: [...given.shape.slice(0, axis), 1, ...given.shape.slice(axis)] })], { to: 'i64' });
  const zero = scalarLike(t, indices, 0), counted = t.emit('where', [t.emit('less', [indices, zero]), t.emit('add', [indices, scalarLike(t, indices, depth)]), indices]);
  return t.emit('equal', [places(t, 'i64', depth, axis, rank), counted]);
};

/**
 * Places of the k largest (smallest) elements along an axis, the best first and of equal ones the first: an element's rank is
 * how many are ahead of it, so every pair of elements is compared.
 */
export const topPlaces = (t: Translation, X: GraphTensor, axis: number, k: number, largest: boolean): GraphTensor => {
  const extent = X.shape[axis]!, before = product(X.shape.slice(0, axis)), after = product(X.shape.slice(axis + 1));
  elementsOf(t, [before, extent, extent, after], largestMatrix);
  const one = t.emit('reshape', [X], { shape: [before, extent, 1, after] }), other = t.emit('reshape', [X], { shape: [before, 1, extent, after] });
  const isEarlier = t.emit('less', [places(t, 'i64', extent, 2, 4), places(t, 'i64', extent, 1, 4)]);
  const ahead = t.emit('or', [t.emit(largest ? 'greater' : 'less', [other, one]), t.emit('and', [t.emit('equal', [other, one]), isEarlier])]);
  const rank = t.emit('reshape', [t.emit('reduceSum', [t.emit('cast', [ahead], { to: 'i64' })], { axes: [2], keepDims: false })], { shape: [before, 1, extent, after] });
  const hit = t.emit('equal', [rank, places(t, 'i64', k, 1, 4)]), iota = places(t, 'i64', extent, 2, 4);
  const place = t.emit('reduceMax', [t.emit('where', [hit, iota, scalarLike(t, iota, 0)])], { axes: [2], keepDims: false });
  return t.emit('reshape', [place], { shape: X.shape.map((each, i) => (i === axis ? k : each)) });
};
