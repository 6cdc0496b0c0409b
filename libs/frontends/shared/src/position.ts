/** Places of elements along an axis, as constants that are compared with, and what follows from comparing: extremes, ranks, running products. */
import { product } from '@loopsmith/util';
import { fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
import { largestMatrix } from './along-axis.js';
import { scalarLike } from './scalar.js';
import { elementsOf } from './sizes.js';
import type { Translation } from './translation.js';

/** 0, 1, 2, .. along one of `rank` axes. */
export const places = (t: Translation, dtype: DType, extent: number, axis: number, rank: number): GraphTensor =>
  t.constant(fromNumbers(dtype, Array.from({ length: rank - axis }, (_, i) => (i === 0 ? extent : 1)), Array.from({ length: elementsOf(t, [extent]) }, (_, i) => i)));

/** Place of the largest (smallest) element, kept as an axis of extent 1; of equal ones the first, or the last. */
export const extremum = (t: Translation, X: GraphTensor, axis: number, by: 'reduceMax' | 'reduceMin', last: boolean): GraphTensor => {
  const reduces = { axes: [axis], keepDims: true }, iota = places(t, 'i64', X.shape[axis]!, axis, X.shape.length);
  const found = t.emit('equal', [X, t.emit(by, [X], reduces)]);
  const place = t.emit('where', [found, iota, scalarLike(t, iota, last ? -1 : X.shape[axis]!)]);
  return t.emit(last ? 'reduceMax' : 'reduceMin', [place], reduces);
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

/** Y[o] = product of X[i] over the places i of an axis that `counts` says for o; others count as 1. */
export const productAlong = (t: Translation, X: GraphTensor, axis: number, counts: (o: number, i: number) => boolean): GraphTensor => {
  const extent = X.shape[axis]!, rank = X.shape.length;
  elementsOf(t, [...X.shape, extent], largestMatrix);
  const shape = Array.from({ length: rank - axis + 1 }, (_, i) => (i < 2 ? extent : 1));
  const mask = t.constant(fromNumbers('bool', shape, Array.from({ length: extent * extent }, (_, p) => Number(counts(Math.floor(p / extent), p % extent)))));
  const rows = t.emit('reshape', [X], { shape: [...X.shape.slice(0, axis), 1, ...X.shape.slice(axis)] });
  return t.emit('reduceProd', [t.emit('where', [mask, rows, scalarLike(t, X, 1)])], { axes: [axis + 1], keepDims: false });
};
