/** Operators that read or write at tuples of indices. How a place is written is in frontends/shared. */
import { product } from '@loopsmith/util';
import { axisOf, elementsOf, fromStart, places, reshaped, scalarLike, scattered, zeros, type ScatterReduction } from '@loopsmith/frontend-shared';
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';

const reductionOf = (t: OnnxTranslation): ScatterReduction => t.attributes.oneOf('reduction', ['none', 'add', 'mul', 'max', 'min'], 'none');

/** Row-major positions over `extents` of the tuples in the last axis of `indices`; [..] without that axis. */
const positionsOf = (t: OnnxTranslation, indices: GraphTensor, extents: readonly number[]): GraphTensor => {
  const rank = indices.shape.length, outside = indices.shape.slice(0, -1);
  const parts = extents.map((extent, i) => {
    const part = t.emit('reshape', [t.emit('slice', [indices], { starts: [i], ends: [i + 1], axes: [rank - 1] })], { shape: outside });
    return t.emit('multiply', [fromStart(t, part, extent), t.constant(fromNumbers('i64', [], [product(extents.slice(i + 1))]))]);
  });
  return parts.reduce((sum, part) => t.emit('add', [sum, part]));
};
const tupleLength = (t: OnnxTranslation, indices: GraphTensor, axes: number): number => {
  const k = indices.shape.at(-1) ?? t.refuse('has indices without axes; tuples along the last axis were expected');
  return k >= 1 && k <= axes ? k : t.refuse(`has tuples of ${k} indices for ${axes} axes`);
};

const scatterElements: OnnxTranslator = (t) => {
  const X = t.input(0, 'data'), given = t.input(1, 'indices'), U = t.input(2, 'updates'), axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length);
  if (given.shape.join() !== U.shape.join() || given.shape.length !== X.shape.length || given.shape.some((extent, i) => i !== axis && extent > X.shape[i]!))
    return t.refuse(
      `writes updates of shape [${U.shape.join(',')}] at indices of shape [${given.shape.join(',')}] into [${X.shape.join(',')}]; indices and updates of one shape were expected, no longer than data but along axis ${axis}`,
    );
  const I = fromStart(t, given, X.shape[axis]!), order = [...X.shape.keys()].filter((i) => i !== axis);
  /** The axis in the middle of [1, extent, others]; what indices do not reach is written nowhere. */
  const flat = (tensor: GraphTensor, value: number): GraphTensor => {
    const missing = tensor.shape.map((extent, i) => (i === axis ? 0 : X.shape[i]! - extent));
    const whole = missing.every((one) => one === 0) ? tensor : t.emit('pad', [tensor], { pads: [...missing.map(() => 0), ...missing], value });
    return reshaped(t, t.emit('transpose', [whole], { permutation: [axis, ...order] }), [1, whole.shape[axis]!, product(order.map((i) => whole.shape[i]!))]);
  };
  const Y = reshaped(t, scattered(t, flat(X, 0), flat(I, -1), flat(U, 0), reductionOf(t)), [X.shape[axis]!, ...order.map((i) => X.shape[i]!)]);
  return t.emit('transpose', [Y], { permutation: X.shape.map((_, i) => (i === axis ? 0 : order.indexOf(i) + 1)) });
};

export const scatters: OnnxTranslators = {
  ScatterElements: scatterElements,
  Scatter: scatterElements,
  ScatterND: (t) => {
    const X = t.input(0, 'data'), indices = t.input(1, 'indices'), k = tupleLength(t, indices, X.shape.length);
    const m = product(indices.shape.slice(0, -1)), inner = product(X.shape.slice(k)), p = product(X.shape.slice(0, k));
    const at = reshaped(t, positionsOf(t, indices, X.shape.slice(0, k)), [1, m, 1]);
    return reshaped(t, scattered(t, reshaped(t, X, [1, p, inner]), at, reshaped(t, t.input(2, 'updates'), [1, m, inner]), reductionOf(t)), X.shape);
  },
  GatherND: (t) => {
    const X = t.input(0, 'data'), indices = t.input(1, 'indices'), batch = t.attributes.integer('batch_dims', 0), k = tupleLength(t, indices, X.shape.length - batch);
    const groups = product(X.shape.slice(0, batch)), p = product(X.shape.slice(batch, batch + k)), m = product(indices.shape.slice(batch, -1)), inner = X.shape.slice(batch + k);
    const within = reshaped(t, positionsOf(t, indices, X.shape.slice(batch, batch + k)), [groups, m]);
    const at = groups === 1 ? within : t.emit('add', [within, t.emit('multiply', [places(t, 'i64', groups, 0, 2), t.constant(fromNumbers('i64', [], [p]))])]);
    const rows = t.emit('gather', [reshaped(t, X, [groups * p, product(inner)]), reshaped(t, at, [groups * m])], { axis: 0 });
    return reshaped(t, rows, [...indices.shape.slice(0, -1), ...inner]);
  },
  /** A cache [b, .., steps, ..] with updates from step write_indices[b] on; circular ones go on at the start. Source: ONNX operator TensorScatter. */
  TensorScatter: (t) => {
    const X = t.input(0, 'past_cache'), U = t.input(1, 'update'), rank = X.shape.length, axis = axisOf(t, t.attributes.integer('axis', -2), rank), starts = t.optional(2);
    const shape = X.shape.map((_, i) => (i === 0 ? X.shape[0]! : 1)), extent = X.shape[axis]!, count = U.shape[axis]!;
    const begin = starts ? reshaped(t, starts, shape) : zeros(t, 'i64', shape);
    const behind = t.emit('subtract', [places(t, 'i64', extent, axis, rank), begin]);
    const step = t.attributes.oneOf('mode', ['linear', 'circular'], 'linear') === 'circular' ? t.emit('modulo', [behind, scalarLike(t, behind, extent)]) : behind;
    const written = t.emit('and', [t.emit('greaterOrEqual', [step, scalarLike(t, step, 0)]), t.emit('less', [step, scalarLike(t, step, count)])]);
    const everywhere = t.emit('add', [t.emit('clip', [step], { min: 0, max: count - 1 }), zeros(t, 'i64', X.shape)]);
    return t.emit('where', [written, t.emit('gatherElements', [U, everywhere], { axis }), X]);
  },
  /** Elements at flat places of the output, which counts batch and channels in. Source: ONNX operator MaxUnpool. */
  MaxUnpool: (t) => {
    const X = t.input(0, 'X'),
      I = t.input(1, 'I'),
      wanted = t.optional(2),
      kernel = t.attributes.integers('kernel_shape'),
      strides = t.attributes.integers(
        'strides',
        kernel.map(() => 1),
      );
    const pads = t.attributes.integers('pads', [...kernel, ...kernel].map(() => 0));
    const natural = [...X.shape.slice(0, 2), ...kernel.map((extent, i) => (X.shape[2 + i]! - 1) * strides[i]! + extent - pads[i]! - pads[kernel.length + i]!)];
    const shape = wanted ? t.known(wanted, 'output_shape') : natural, m = product(X.shape);
    // indices are places of the natural shape, wherever a larger output puts those elements
    const Y = reshaped(t, scattered(t, zeros(t, X.dtype, [1, elementsOf(t, natural), 1]), reshaped(t, I, [1, m, 1]), reshaped(t, X, [1, m, 1]), 'none'), natural);
    if (shape.join() === natural.join()) return Y;
    return t.emit('pad', [Y], { pads: [...natural.map(() => 0), ...natural.map((extent, i) => (shape[i] ?? extent) - extent)] });
  },
};
