/** Places of elements along an axis, as constants that are compared with, and what follows from comparing: extremes, ranks. Their values are made when they are first read. */
import { product } from '@loopsmith/util';
import { dataOnDemand, fromNumbers, identityOf, isFloat, type DType, type GraphTensor } from '@loopsmith/ir';
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

/** Comparisons of a pair of elements that one ranking makes; some tenths of a nanosecond each on a CPU with vectors. */
const mostPairs = 2 ** 28;
/** What a further round costs besides its pairs, counted in pairs: kernels, and elements that are fetched. */
const pairsOfRound = 2 ** 14;

interface Rounds { readonly pairs: number; readonly sizes: readonly number[] }

/** The sizes of blocks, round by round, that rank k of `extent` with the fewest pairs: a round keeps the k best of each block, and what the last one leaves is ranked whole. */
const roundsOf = (extent: number, k: number, known = new Map<number, Rounds>()): Rounds => {
  let best = known.get(extent);
  if (best) return best;
  best = { pairs: extent * (extent + k), sizes: [] };
  for (let size = 16; size < extent; size *= 2) {
    const blocks = Math.ceil(extent / size), kept = blocks * Math.min(k, size);
    if (kept >= extent) continue;
    const rest = roundsOf(kept, k, known), pairs = pairsOfRound + blocks * size * (size + Math.min(k, size)) + rest.pairs;
    if (pairs < best.pairs) best = { pairs, sizes: [size, ...rest.sizes] };
  }
  known.set(extent, best);
  return best;
};

/**
 * Places of the k largest (smallest) elements along an axis, i64, the best first and of equal ones the first; NaN counts as infinity. An element's rank is how
 * many are ahead of it, so pairs of elements are compared: of a long row in blocks first, whose best then meet. One is an extremum. Refused: more than 2^28 pairs.
 */
export const topPlaces = (t: Translation, X: GraphTensor, axis: number, k: number, largest: boolean): GraphTensor => {
  const extent = X.shape[axis]!, before = product(X.shape.slice(0, axis)), after = product(X.shape.slice(axis + 1));
  if (k === 1) {
    const numbers = isFloat(X.dtype) ? t.emit('where', [t.emit('equal', [X, X]), X, scalarLike(t, X, Infinity)]) : X;
    return extremum(t, numbers, axis, largest ? 'reduceMax' : 'reduceMin', { keepDims: true });
  }
  const { pairs, sizes } = roundsOf(extent, k);
  if (before * pairs * after > mostPairs)
    return t.refuse(`ranks ${k} of ${extent} elements in ${before * after} rows by ${before * pairs * after} comparisons; at most ${mostPairs} are made: take fewer elements, or of shorter rows`);
  const ranked = (Y: GraphTensor, count: number): GraphTensor => t.emit('topPlaces', [Y, places(t, 'i32', Y.shape[1]!, 0, 1)], { k: count, largest });
  const taken = (Y: GraphTensor, at: GraphTensor): GraphTensor => t.emit('gatherElements', [Y, at], { axis: 1 });
  let rest = t.emit('reshape', [X], { shape: [before, extent, after] }), where: GraphTensor | undefined;
  for (const size of sizes) {
    const length = rest.shape[1]!, blocks = Math.ceil(length / size), missing = blocks * size - length, kept = Math.min(k, size);
    // what is put behind the last element is behind every other that equals it
    const inBlocks = (Y: GraphTensor, value: number): GraphTensor =>
      t.emit('reshape', [missing > 0 ? t.emit('pad', [Y], { pads: [0, 0, 0, 0, missing, 0], value }) : Y], { shape: [before * blocks, size, after] });
    const together = (Y: GraphTensor): GraphTensor => t.emit('reshape', [Y], { shape: [before, blocks * kept, after] });
    const values = inBlocks(rest, identityOf(largest ? 'max' : 'min', X.dtype)), best = ranked(values, kept);
    const starts = computed(t, 'i32', [blocks, 1, 1], (block) => block * size);
    where = together(where ? taken(inBlocks(where, 0), best) : t.emit('add', [t.emit('reshape', [best], { shape: [before, blocks, kept, after] }), starts]));
    rest = together(taken(values, best));
  }
  const best = ranked(rest, k), found = t.emit('cast', [where ? taken(where, best) : best], { to: 'i64' });
  return t.emit('reshape', [found], { shape: X.shape.map((each, i) => (i === axis ? k : each)) });
};
