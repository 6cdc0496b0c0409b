/**
 * Writing elements to places that only run time knows, as a look at every update for every place: exact, in any order of
 * updates, and as slow as both are many. Of several updates to one place the last one counts.
 */
import { identityOf, fromNumbers, type GraphTensor, type ReductionOperator } from '@loopsmith/ir';
import { places } from './position.js';
import { scalarLike, zeros } from './filled.js';
import { elementsOf, largestMatrix } from './sizes.js';
import type { Translation } from './translation.js';

export type ScatterReduction = 'none' | 'add' | 'mul' | 'max' | 'min';
const reductions: Readonly<Record<Exclude<ScatterReduction, 'none'>, readonly [reduce: string, combine: string, by: ReductionOperator]>> = {
  add: ['reduceSum', 'add', 'sum'], mul: ['reduceProd', 'multiply', 'product'], max: ['reduceMax', 'max', 'max'], min: ['reduceMin', 'min', 'min'],
};

/** An index counted from the end where negative. */
export const fromStart = (t: Translation, indices: GraphTensor, extent: number): GraphTensor => {
  const I = indices.dtype === 'i64' ? indices : t.emit('cast', [indices], { to: 'i64' });
  return t.emit('where', [t.emit('less', [I, scalarLike(t, I, 0)]), t.emit('add', [I, scalarLike(t, I, extent)]), I]);
};

/**
 * X[a, p, b] with updates U[a, m, b] written where `at` says: [1 or a, m, 1 or b] of i64, places of the middle axis, negative
 * for none. Refused: more than 2^25 pairs of a place and an update.
 */
export const scattered = (t: Translation, X: GraphTensor, at: GraphTensor, U: GraphTensor, reduction: ScatterReduction): GraphTensor => {
  const [a, p, b] = X.shape as [number, number, number], [, m] = U.shape as [number, number, number];
  const [outer, , inner] = at.shape as [number, number, number];
  elementsOf(t, [reduction === 'none' ? outer : a, p, m, reduction === 'none' ? inner : b], largestMatrix);
  const hit = t.emit('equal', [t.emit('reshape', [at], { shape: [outer, 1, m, inner] }), places(t, 'i64', p, 1, 4)]);
  if (reduction === 'none') {
    const last = t.emit('reduceMax', [t.emit('where', [hit, places(t, 'i64', m, 2, 4), t.constant(fromNumbers('i64', [], [-1]))])], { axes: [2], keepDims: false });
    const everywhere = outer === a && inner === b ? last : t.emit('add', [last, zeros(t, 'i64', [a, 1, b])]);
    return t.emit('where', [t.emit('less', [last, scalarLike(t, last, 0)]), X, t.emit('gatherElements', [U, everywhere], { axis: 1 })]);
  }
  const [reduce, combine, by] = reductions[reduction];
  const terms = t.emit('where', [hit, t.emit('reshape', [U], { shape: [a, 1, m, b] }), scalarLike(t, U, identityOf(by, U.dtype))]);
  return t.emit(combine, [X, t.emit(reduce, [terms], { axes: [2], keepDims: false })]);
};
