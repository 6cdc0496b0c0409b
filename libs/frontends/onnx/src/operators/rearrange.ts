/** Operators that keep every element and change its place: shapes, orders, joins. Target shapes are resolved here. */
import { product } from '@loopsmith/util';
import { axisOf, elementsOf, expanded, joined, repeated, reshaped } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';


/** 0 copies the extent of X (unless allowzero), one -1 takes what is left. Source: ONNX operator Reshape. */
const targetShape = (t: OnnxTranslation, X: GraphTensor): readonly number[] => {
  const wanted = t.opset < 5 ? t.attributes.integers('shape') : t.known(t.input(1, 'shape'), 'shape');
  const allowZero = t.attributes.flag('allowzero', false);
  const extents = wanted.map((extent, axis) => (extent === 0 && !allowZero ? X.shape[axis] ?? t.refuse(`copies extent ${axis} of a tensor of shape [${X.shape.join(',')}], which has none`) : extent));
  const open = extents.filter((extent) => extent === -1).length;
  const known = product(extents.filter((extent) => extent !== -1)), total = product(X.shape);
  if (open > 1 || (open === 0 ? known !== total : known === 0 || total % known !== 0)) return t.refuse(`reshapes a tensor of shape [${X.shape.join(',')}] to [${wanted.join(',')}], which does not hold its ${total} elements`);
  return extents.map((extent) => (extent === -1 ? total / known : extent));
};
/** Axes are an attribute before opset 13 and an input since. */
const axesOf = (t: OnnxTranslation): readonly number[] | undefined => {
  const tensor = t.optional(1);
  if (tensor) return t.known(tensor, 'axes');
  return t.attributes.has('axes') ? t.attributes.integers('axes') : undefined;
};

/** Blocks of channels to blocks of pixels; DCR takes the block's place from the outer part of the channels, CRD from the inner. */
const depthToSpace = (t: OnnxTranslation): GraphTensor => {
  const X = t.input(0, 'input'), b = t.attributes.integer('blocksize');
  const [n, c, h, w] = X.shape as [number, number, number, number];
  const inner = t.attributes.text('mode', 'DCR') === 'DCR' ? { shape: [n, b, b, c / b ** 2, h, w], permutation: [0, 3, 4, 1, 5, 2] } : { shape: [n, c / b ** 2, b, b, h, w], permutation: [0, 1, 4, 2, 5, 3] };
  return reshaped(t, t.emit('transpose', [reshaped(t, X, inner.shape)], { permutation: inner.permutation }), [n, c / b ** 2, h * b, w * b]);
};

export const rearrangements: OnnxTranslators = {
  Identity: (t) => t.input(0, 'input'),
  Dropout: (t) => t.input(0, 'data'),
  Reshape: (t) => {
    const X = t.input(0, 'data');
    return reshaped(t, X, targetShape(t, X));
  },
  Flatten: (t) => {
    const X = t.input(0, 'input'), rank = X.shape.length, given = t.attributes.integer('axis', 1), axis = given === rank ? rank : axisOf(t, given, rank);
    return reshaped(t, X, [product(X.shape.slice(0, axis)), product(X.shape.slice(axis))]);
  },
  Squeeze: (t) => {
    const X = t.input(0, 'data'), rank = X.shape.length;
    const axes = axesOf(t)?.map((axis) => axisOf(t, axis, rank)) ?? X.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
    const wide = axes.find((axis) => X.shape[axis] !== 1);
    if (wide !== undefined) return t.refuse(`squeezes axis ${wide} of a tensor of shape [${X.shape.join(',')}]; only axes of extent 1 can go`);
    return reshaped(t, X, X.shape.filter((_, axis) => !axes.includes(axis)));
  },
  Unsqueeze: (t) => {
    const X = t.input(0, 'data'), given = axesOf(t) ?? t.refuse('has no axes'), rank = X.shape.length + given.length;
    const axes = new Set(given.map((axis) => axisOf(t, axis, rank))), rest = [...X.shape];
    return reshaped(t, X, Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.shift() ?? t.refuse(`has the axes [${given.join(',')}] for a result of ${rank} axes`))));
  },
  Transpose: (t) => {
    const X = t.input(0, 'data');
    return t.emit('transpose', [X], { permutation: t.attributes.integers('perm', X.shape.map((_, axis) => X.shape.length - 1 - axis)) });
  },
  /** Parts without elements, which the arithmetic of shapes makes, add nothing. */
  Concat: (t) => {
    const parts = t.inputs(), filled = parts.filter((part) => !part.shape.includes(0));
    const some = filled.length === 0 ? parts.slice(0, 1) : filled, axis = t.attributes.integer('axis', 1);
    return some.length === 1 ? t.emit('concat', some, { axis }) : joined(t, some, axis);
  },
  /** Before opset 6, a number of copies and the axis that they go along. */
  Tile: (t) => {
    const X = t.input(0, 'input'), given = t.known(t.input(1, 'repeats'), 'repeats'), rank = X.shape.length;
    const axis = t.opset < 6 ? axisOf(t, t.known(t.input(2, 'axis'), 'axis')[0] ?? 0, rank) : 0;
    const repeats = t.opset < 6 ? X.shape.map((_, i) => (i === axis ? given[0] ?? 1 : 1)) : given;
    if (repeats.length !== rank) return t.refuse(`has ${repeats.length} repeats for a tensor of ${rank} axes`);
    elementsOf(t, X.shape.map((extent, i) => extent * repeats[i]!));
    return repeats.reduce((tiled, times, i) => (times === 1 ? tiled : repeated(t, tiled, i, times)), X);
  },
  Expand: (t) => expanded(t, t.input(0, 'input'), t.known(t.input(1, 'shape'), 'shape')),
  DepthToSpace: depthToSpace,
  SpaceToDepth: (t) => {
    const X = t.input(0, 'input'), b = t.attributes.integer('blocksize');
    const [n, c, h, w] = X.shape as [number, number, number, number];
    return reshaped(t, t.emit('transpose', [reshaped(t, X, [n, c, h / b, b, w / b, b])], { permutation: [0, 3, 5, 1, 2, 4] }), [n, c * b ** 2, h / b, w / b]);
  },
};
