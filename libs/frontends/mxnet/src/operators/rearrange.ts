/** Operators that keep every element and change its place, or repeat it. Target shapes are resolved here. */
import { product } from '@loopsmith/util';
import { axisOf, broadcastTo, depthToSpace, elementsOf, joined, repeatedInPlace, spaceToDepth, squeezed, stacked, taken, tiled, withAxis } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { reshapeTarget } from './reshape-target.js';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

const reshape: MxnetTranslator = (t) => {
  const X = t.input(0, 'data');
  return t.emit('reshape', [X], { shape: reshapeTarget(t, X.shape) });
};
const flatten: MxnetTranslator = (t) => {
  const X = t.input(0, 'data');
  return X.shape.length === 2 ? X : t.emit('reshape', [X], { shape: [X.shape[0]!, product(X.shape.slice(1))] });
};
const concat: MxnetTranslator = (t) => joined(t, t.inputs(), t.attributes.integer('dim', 1));
const swapped: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), rank = X.shape.length, a = axisOf(t, t.attributes.integer('dim1', 0), rank), b = axisOf(t, t.attributes.integer('dim2', 0), rank);
  return t.emit('transpose', [X], { permutation: X.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis)) });
};
const reversed: MxnetTranslator = (t) => {
  const X = t.input(0, 'data');
  return t.attributes.integers('axis').map((axis) => axisOf(t, axis, X.shape.length)).reduce((of, axis) => taken(t, of, axis, X.shape[axis]! - 1, -X.shape[axis]! - 1, -1), X);
};

/** X with axes of extent 1 repeated; extents of 0 stay as they are. */
const broadcast = (t: MxnetTranslation, X: GraphTensor, shape: readonly number[]): GraphTensor => {
  if (shape.length !== X.shape.length) return t.refuse(`broadcasts [${X.shape.join(',')}] to [${shape.join(',')}]; as many axes were expected`);
  return broadcastTo(t, X, shape.map((extent, axis) => (extent === 0 ? X.shape[axis]! : extent)));
};
const broadcastAxes: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), sizes = t.attributes.integers('size'), axes = t.attributes.integers('axis').map((axis) => axisOf(t, axis, X.shape.length));
  return broadcast(
    t,
    X,
    X.shape.map((extent, axis) => {
      const at = axes.indexOf(axis);
      return at < 0 ? extent : (sizes[at] ?? t.refuse(`has ${axes.length} axes and ${sizes.length} sizes`));
    }),
  );
};

export const rearrangements: MxnetTranslators = {
  Reshape: reshape,
  reshape,
  Flatten: flatten,
  flatten,
  reshape_like: (t) =>
    t.emit('reshape', [t.input(0, 'lhs')], {
      shape: ['lhs_begin', 'lhs_end', 'rhs_begin', 'rhs_end'].some((name) => t.attributes.has(name))
        ? t.refuse('takes a part of the shape of its second input, which Loopsmith does not import')
        : t.input(1, 'rhs').shape,
    }),
  transpose: (t) => {
    const X = t.input(0, 'data'),
      axes = t.attributes.integers('axes', []);
    return t.emit('transpose', [X], { permutation: axes.length === 0 ? X.shape.map((_, axis) => X.shape.length - 1 - axis) : axes });
  },
  SwapAxis: swapped,
  swapaxes: swapped,
  expand_dims: (t) => {
    const X = t.input(0, 'data'),
      axis = axisOf(t, t.attributes.integer('axis'), X.shape.length + 1);
    return t.emit('reshape', [X], { shape: withAxis(X.shape, axis) });
  },
  /** One number keeps an axis. */
  squeeze: (t) => {
    const Y = squeezed(t, t.input(0, 'data'), t.attributes.integers('axis', []));
    return Y.shape.length === 0 ? t.emit('reshape', [Y], { shape: [1] }) : Y;
  },
  Concat: concat,
  concat,
  stack: (t) => stacked(t, t.inputs(), t.attributes.integer('axis', 0)),
  /** The whole tensor behind itself; more repeats than axes add axes in front. */
  tile: (t) => {
    const X = t.input(0, 'data'),
      reps = t.attributes.integers('reps'),
      rank = Math.max(X.shape.length, reps.length);
    const shape = [...Array.from({ length: rank - X.shape.length }, () => 1), ...X.shape],
      times = [...Array.from({ length: rank - reps.length }, () => 1), ...reps];
    return tiled(t, rank === X.shape.length ? X : t.emit('reshape', [X], { shape }), times);
  },
  repeat: (t) => {
    const X = t.input(0, 'data'),
      times = t.attributes.integer('repeats');
    elementsOf(t, [...X.shape, times]);
    if (!t.attributes.has('axis')) return repeatedInPlace(t, t.emit('reshape', [X], { shape: [product(X.shape)] }), 0, times);
    return repeatedInPlace(t, X, axisOf(t, t.attributes.integer('axis'), X.shape.length), times);
  },
  reverse: reversed,
  flip: reversed,
  depth_to_space: (t) => depthToSpace(t, t.input(0, 'data'), t.attributes.integer('block_size')),
  space_to_depth: (t) => spaceToDepth(t, t.input(0, 'data'), t.attributes.integer('block_size')),
  broadcast_to: (t) => broadcast(t, t.input(0, 'data'), t.attributes.integers('shape')),
  broadcast_axis: broadcastAxes,
  broadcast_axes: broadcastAxes,
  broadcast_like: (t) =>
    t.attributes.has('lhs_axes') || t.attributes.has('rhs_axes')
      ? t.refuse('broadcasts some axes alone (lhs_axes, rhs_axes), which Loopsmith does not import')
      : broadcast(t, t.input(0, 'lhs'), t.input(1, 'rhs').shape),
};
