/** log(1 + X) and exp(X) - 1, which near 0 would lose every digit: of 1 + X only those bits are left that 1 has room for. Source: W. Kahan, as in Goldberg 1991, theorem 4. */
import type { GraphTensor } from '@loopsmith/ir';
import { scalarLike } from './filled.js';
import type { Translation } from './translation.js';

/** `near` where |X| is below `reach` and `one` is not 1, X where it is, else `far`. */
const chosen = (t: Translation, X: GraphTensor, reach: number, one: GraphTensor, near: GraphTensor, far: GraphTensor): GraphTensor => {
  const isNear = t.emit('less', [t.emit('absolute', [X]), scalarLike(t, X, reach)]);
  return t.emit('where', [isNear, t.emit('where', [t.emit('equal', [one, scalarLike(t, X, 1)]), X, near]), far]);
};

/** log(u) X / (u - 1) with u = 1 + X: both factors are off by what u lost, and the quotient is not. */
export const logOfOneAnd = (t: Translation, X: GraphTensor): GraphTensor => {
  const one = scalarLike(t, X, 1), u = t.emit('asStored', [t.emit('add', [X, one])]), log = t.emit('log', [u]);
  return chosen(t, X, 0.5, u, t.emit('multiply', [log, t.emit('divide', [X, t.emit('subtract', [u, one])])]), log);
};

/** (u - 1) X / log(u) with u = exp(X). */
export const exponentialLessOne = (t: Translation, X: GraphTensor): GraphTensor => {
  const u = t.emit('asStored', [t.emit('exp', [X])]), less = t.emit('subtract', [u, scalarLike(t, X, 1)]);
  return chosen(t, X, 1, u, t.emit('multiply', [less, t.emit('divide', [X, t.emit('log', [u])])]), less);
};
