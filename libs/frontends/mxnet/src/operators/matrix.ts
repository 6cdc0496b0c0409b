/** Dense layers and products of matrices. */
import { product } from '@loopsmith/util';
import type { GraphTensor } from '@loopsmith/ir';
import { lastTwoSwapped, scalarLike } from '@loopsmith/frontend-shared';
import type { MxnetTranslation, MxnetTranslators } from '../translation.js';

const transposedIf = (t: MxnetTranslation, name: string, X: GraphTensor): GraphTensor => (t.attributes.flag(name, false) ? lastTwoSwapped(t, X) : X);

export const matrices: MxnetTranslators = {
  /** All but the batch as one row, unless `flatten` is false: then the last axis alone. W is [k, c]. */
  FullyConnected: (t) => {
    const X = t.input(0, 'data'), W = t.input(1, 'weight'), B = t.attributes.flag('no_bias', false) ? undefined : t.input(2, 'bias');
    const keeps = t.attributes.flag('flatten', true) ? 1 : X.shape.length - 1, outer = X.shape.slice(0, keeps), rows = product(outer), columns = product(X.shape.slice(keeps));
    if (W.shape.length !== 2 || W.shape[0] !== t.attributes.integer('num_hidden') || W.shape[1] !== columns)
      return t.refuse(
        `has num_hidden ${t.attributes.integer('num_hidden')}, data of shape [${X.shape.join(',')}] and weights of shape [${W.shape.join(',')}], which disagree`,
      );
    const flat = X.shape.length === 2 ? X : t.emit('reshape', [X], { shape: [rows, columns] });
    const Y = t.emit('dense', [flat, W, B], { transposeB: true });
    return outer.length === 1 ? Y : t.emit('reshape', [Y], { shape: [...outer, W.shape[0]] });
  },
  /** The last axis of the left with the first of the right; all other axes stay. */
  dot: (t) => {
    const given = [t.input(0, 'lhs'), t.input(1, 'rhs')] as const,
      reversed = (X: GraphTensor): GraphTensor => t.emit('transpose', [X], { permutation: X.shape.map((_, axis) => X.shape.length - 1 - axis) });
    const A = t.attributes.flag('transpose_a', false) ? reversed(given[0]) : given[0], B = t.attributes.flag('transpose_b', false) ? reversed(given[1]) : given[1];
    const outer = A.shape.slice(0, -1), inner = B.shape.slice(1), c = A.shape.at(-1) ?? 1;
    if (c !== (B.shape[0] ?? 1)) return t.refuse(`multiplies [${A.shape.join(',')}] by [${B.shape.join(',')}]: the inner extents ${c} and ${B.shape[0] ?? 1} differ`);
    const Y = t.emit('matmul', [t.emit('reshape', [A], { shape: [product(outer), c] }), t.emit('reshape', [B], { shape: [c, product(inner)] })]);
    // a product of vectors is one number, which MXNet keeps as an axis
    return t.emit('reshape', [Y], { shape: outer.length + inner.length === 0 ? [1] : [...outer, ...inner] });
  },
  batch_dot: (t) => t.emit('matmul', [transposedIf(t, 'transpose_a', t.input(0, 'lhs')), transposedIf(t, 'transpose_b', t.input(1, 'rhs'))]),
  _linalg_gemm2: (t) => {
    const axis = t.attributes.integer('axis', -2);
    if (axis !== -2) return t.refuse(`has the rows of its matrices along axis ${axis}; Loopsmith imports -2, which is MXNet's default`);
    const Y = t.emit('matmul', [transposedIf(t, 'transpose_a', t.input(0, 'A')), transposedIf(t, 'transpose_b', t.input(1, 'B'))]), alpha = t.attributes.number('alpha', 1);
    return alpha === 1 ? Y : t.emit('multiply', [Y, scalarLike(t, Y, alpha)]);
  },
};
