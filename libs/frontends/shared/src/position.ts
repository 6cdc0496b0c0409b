/** Places of elements along an axis, as constants that are compared with; sorting is not here. */
import { fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
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
