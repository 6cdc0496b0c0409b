/**
 * The places of the k largest elements along an axis, by whichever way makes fewest comparisons: one after the other, all pairs of a row, or the pairs of those
 * that are not below the k-th, which is found first. Sorts nothing itself.
 */
import { product } from '@loopsmith/util';
import { isFloat, type DType, type GraphTensor } from '@loopsmith/ir';
import { running } from './along-axis.js';
import { scalarLike } from './filled.js';
import { extremum, places } from './position.js';
import { hasThreshold, kthLargest } from './threshold.js';
import type { Translation } from './translation.js';

/** Comparisons of a pair of elements that one ranking makes; some tenths of a nanosecond each on a CPU with vectors. */
const mostPairs = 2 ** 28;
/** Elements that are found one after the other: each takes two passes over a row, and text of its own. */
const mostInTurn = 16;
/** What finding a threshold costs for each element, and its many small kernels together, counted in pairs. */
const pairsOfElement = 80, pairsOfThreshold = 2 ** 18;

type Way = 'in turn' | 'pairs' | 'threshold';

/** The way with the fewest pairs for all rows, and how many. */
const wayOf = (rows: number, extent: number, k: number, dtype: DType): { readonly way: Way; readonly pairs: number } => {
  const ways: { readonly way: Way; readonly pairs: number }[] = [{ way: 'pairs', pairs: rows * extent * (extent + k) }];
  if (k <= mostInTurn) ways.push({ way: 'in turn', pairs: rows * k * (extent + 100) });
  if (hasThreshold(keyType(dtype))) ways.push({ way: 'threshold', pairs: rows * (extent * pairsOfElement + 2 * k * k) + pairsOfThreshold });
  return ways.reduce((best, way) => (way.pairs < best.pairs ? way : best));
};

/** The type that elements are compared in while the threshold is looked for; it holds each of them exactly, but for `u64`. */
const keyType = (dtype: DType): DType => {
  if (isFloat(dtype)) return dtype === 'f64' ? 'f64' : 'f32';
  return dtype === 'i64' || dtype === 'u32' ? 'i64' : dtype === 'u64' ? 'u64' : 'i32';
};

/**
 * Places of the k largest (smallest) elements along an axis, i64, the best first and of equal ones the first; NaN counts as infinity. One is an extremum.
 * Refused: more than 2^28 pairs.
 */
export const topPlaces = (t: Translation, X: GraphTensor, axis: number, k: number, largest: boolean): GraphTensor => {
  const extent = X.shape[axis]!, before = product(X.shape.slice(0, axis)), after = product(X.shape.slice(axis + 1));
  const numbers = (): GraphTensor => (isFloat(X.dtype) ? t.emit('where', [t.emit('equal', [X, X]), X, scalarLike(t, X, Infinity)]) : X);
  if (k === 1) return extremum(t, numbers(), axis, largest ? 'reduceMax' : 'reduceMin', { keepDims: true });
  const { way, pairs } = wayOf(before * after, extent, k, X.dtype);
  if (pairs > mostPairs)
    return t.refuse(`ranks ${k} of ${extent} elements in ${before * after} rows by ${pairs} comparisons; at most ${mostPairs} are made: take fewer elements, or of shorter rows`);
  const rows = (Y: GraphTensor): GraphTensor => t.emit('reshape', [Y], { shape: [before, extent, after] });
  const ranked = (operator: 'topPlaces' | 'topInTurn', Y: GraphTensor): GraphTensor => t.emit(operator, [Y, places(t, 'i32', Y.shape[1]!, 0, 1)], { k, largest });
  const found = (): GraphTensor => {
    if (way !== 'threshold') return ranked(way === 'pairs' ? 'topPlaces' : 'topInTurn', rows(X));
    const type = keyType(X.dtype), plain = rows(numbers()), keys = X.dtype === type ? plain : t.emit('cast', [plain], { to: type });
    const at = notBelow(t, largest ? keys : t.emit(isFloat(type) ? 'negate' : 'not', [keys]), k), best = ranked('topPlaces', t.emit('gatherElements', [keys, at], { axis: 1 }));
    return t.emit('gatherElements', [at, best], { axis: 1 });
  };
  return t.emit('reshape', [t.emit('cast', [found()], { to: 'i64' })], { shape: X.shape.map((each, i) => (i === axis ? k : each)) });
};

/** Places of the k largest of keys[b, n, a] in the order of the row, [b, k, a] of i32: all above the k-th largest, and of those equal to it the first. */
const notBelow = (t: Translation, keys: GraphTensor, k: number): GraphTensor => {
  const threshold = kthLargest(t, keys, k), extent = keys.shape[1]!;
  const counted = (compare: 'greater' | 'equal'): GraphTensor =>
    running(t, t.emit('cast', [t.emit(compare, [keys, threshold])], { to: 'i32' }), 1, 'add', { reverse: false, exclusive: false });
  const above = counted('greater'), all = t.emit('slice', [above], { starts: [extent - 1], ends: [extent], axes: [1], steps: [1] });
  const taken = t.emit('add', [above, t.emit('min', [counted('equal'), t.emit('subtract', [scalarLike(t, all, k), all])])]);
  return t.emit('firstAbove', [taken, places(t, 'i32', k, 0, 1)]);
};
