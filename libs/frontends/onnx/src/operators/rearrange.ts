/** Operators that keep every element and change its place: shapes, orders, joins. Target shapes are resolved here. */
import { product } from '@loopsmith/util';
import { axisOf, depthToSpace, expanded, holding, joined, reshaped, spaceToDepth, squeezed, tiled } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** 0 copies the extent of X (unless allowzero), one -1 takes what is left. Source: ONNX operator Reshape. */
const targetShape = (t: OnnxTranslation, X: GraphTensor): readonly number[] => {
  const wanted = t.opset < 5 ? t.attributes.integers('shape') : t.known(t.input(1, 'shape'), 'shape');
  const allowZero = t.attributes.flag('allowzero', false);
  const extents = wanted.map((extent, axis) =>
    extent === 0 && !allowZero
      ? (X.shape[axis] ?? t.refuse(`copies extent ${axis} of a tensor of shape [${X.shape.join(',')}], which has none`))
      : extent,
  );
  const total = product(X.shape);
  return holding(total, extents) ?? t.refuse(`reshapes a tensor of shape [${X.shape.join(',')}] to [${wanted.join(',')}], which does not hold its ${total} elements`);
};
/** Axes are an attribute before opset 13 and an input since. */
const axesOf = (t: OnnxTranslation): readonly number[] | undefined => {
  const tensor = t.optional(1);
  if (tensor) return t.known(tensor, 'axes');
  return t.attributes.has('axes') ? t.attributes.integers('axes') : undefined;
};

export const rearrangements: OnnxTranslators = {
  Identity: (t) => t.input(0, 'input'),
  /** At inference a copy, and with a ratio of 0 always. */
  Dropout: (t) => {
    const ratio = t.optional(1), training = t.optional(2);
    if (training && !(ratio?.data && t.known(ratio, 'ratio')[0] === 0) && t.known(training, 'training_mode')[0] !== 0)
      return t.refuse('is in training mode; export the model for inference');
    return t.input(0, 'data');
  },
  Reshape: (t) => {
    const X = t.input(0, 'data');
    return reshaped(t, X, targetShape(t, X));
  },
  Flatten: (t) => {
    const X = t.input(0, 'input'), rank = X.shape.length, given = t.attributes.integer('axis', 1), axis = given === rank ? rank : axisOf(t, given, rank);
    return reshaped(t, X, [product(X.shape.slice(0, axis)), product(X.shape.slice(axis))]);
  },
  Squeeze: (t) => {
    const X = t.input(0, 'data'), axes = axesOf(t);
    // an empty list names none, which is not all
    return axes?.length === 0 ? X : squeezed(t, X, axes ?? []);
  },
  Unsqueeze: (t) => {
    const X = t.input(0, 'data'), given = axesOf(t) ?? t.refuse('has no axes'), rank = X.shape.length + given.length;
    const axes = new Set(given.map((axis) => axisOf(t, axis, rank))), rest = [...X.shape];
    return reshaped(
      t,
      X,
      Array.from({ length: rank }, (_, axis) =>
        axes.has(axis) ? 1 : (rest.shift() ?? t.refuse(`has the axes [${given.join(',')}] for a result of ${rank} axes`)),
      ),
    );
  },
  Transpose: (t) => {
    const X = t.input(0, 'data');
    return t.emit('transpose', [X], { permutation: t.attributes.integers('perm', X.shape.map((_, axis) => X.shape.length - 1 - axis)) });
  },
  Concat: (t) => joined(t, t.inputs(), t.attributes.integer('axis', 1)),
  /** Before opset 6, a number of copies and the axis that they go along. */
  Tile: (t) => {
    const X = t.input(0, 'input'), given = t.known(t.input(1, 'repeats'), 'repeats'), rank = X.shape.length;
    const axis = t.opset < 6 ? axisOf(t, t.known(t.input(2, 'axis'), 'axis')[0] ?? 0, rank) : 0;
    const repeats = t.opset < 6 ? X.shape.map((_, i) => (i === axis ? given[0] ?? 1 : 1)) : given;
    return tiled(t, X, repeats);
  },
  Expand: (t) => expanded(t, t.input(0, 'input'), t.known(t.input(1, 'shape'), 'shape')),
  DepthToSpace: (t) => depthToSpace(t, t.input(0, 'input'), t.attributes.integer('blocksize'), t.attributes.oneOf('mode', ['DCR', 'CRD'], 'DCR') === 'DCR'),
  SpaceToDepth: (t) => spaceToDepth(t, t.input(0, 'input'), t.attributes.integer('blocksize')),
};
