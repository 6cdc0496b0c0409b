/**
 * Transposed convolution as a convolution: stride-1 zeros between the input's elements, padding (or cropping) around them,
 * kernels turned round. Exact, and wasteful at large strides; a definition of its own may replace it.
 */
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

interface Window { readonly strides: readonly number[]; readonly dilations: readonly number[]; readonly before: readonly number[]; readonly after: readonly number[]; readonly outputPadding: readonly number[] }

/** Source: ONNX operator ConvTranspose, the formulas of output_shape and auto_pad. */
const windowOf = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): Window => {
  const every = (value: number): readonly number[] => space.map(() => value);
  const strides = t.attributes.integers('strides', every(1)), dilations = t.attributes.integers('dilations', every(1));
  const outputPadding = t.attributes.integers('output_padding', every(0)), mode = t.attributes.text('auto_pad', 'NOTSET');
  const same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
  const wanted = t.attributes.has('output_shape') ? t.attributes.integers('output_shape').slice(-space.length) : same ? space.map((extent, i) => extent * strides[i]!) : undefined;
  if (!wanted) {
    const pads = mode === 'VALID' ? [...every(0), ...every(0)] : t.attributes.integers('pads', [...every(0), ...every(0)]);
    return { strides, dilations, outputPadding, before: pads.slice(0, space.length), after: pads.slice(space.length) };
  }
  const totals = space.map((extent, i) => strides[i]! * (extent - 1) + outputPadding[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - wanted[i]!);
  const less = totals.map((total) => Math.floor(total / 2)), more = totals.map((total) => Math.ceil(total / 2));
  return { strides, dilations, outputPadding, ...(mode === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less }) };
};

/** X[n, c, y, x] with stride-1 zeros behind every element. */
const spread = (t: OnnxTranslation, X: GraphTensor, strides: readonly number[]): GraphTensor => {
  if (strides.every((stride) => stride === 1)) return X;
  const [n, c, ...space] = X.shape as [number, number, ...number[]];
  const split = t.emit('reshape', [X], { shape: [n, c, ...space.flatMap((extent) => [extent, 1])] });
  const ends = [0, 0, ...strides.flatMap((stride) => [0, stride - 1])];
  return t.emit('reshape', [t.emit('pad', [split], { pads: [...ends.map(() => 0), ...ends] })], { shape: [n, c, ...space.map((extent, i) => extent * strides[i]!)] });
};

export const transposedConvolutions: OnnxTranslators = {
  ConvTranspose: (t) => {
    const X = t.input(0, 'X'), W = t.input(1, 'W'), groups = t.attributes.integer('group', 1);
    const [c, perGroup, ...kernel] = W.shape as [number, number, ...number[]], space = X.shape.slice(2), rank = space.length;
    if (rank < 1 || rank > 3 || kernel.length !== rank) return t.refuse(`reads X of shape [${X.shape.join(',')}] and W of shape [${W.shape.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`);
    const { strides, dilations, before, after, outputPadding } = windowOf(t, space, kernel);
    const reach = kernel.map((extent, i) => (extent - 1) * dilations[i]!);
    const pads = [0, 0, ...reach.map((r, i) => r - before[i]!), 0, 0, ...reach.map((r, i) => r - after[i]! + outputPadding[i]! - (strides[i]! - 1))];
    const padded = t.emit('pad', [spread(t, X, strides)], { pads });
    // [c, k/g, r, s] to [k, c/g, r, s], with r and s from the end
    const axes = kernel.map((_, i) => 2 + i);
    const turned = t.emit('slice', [W], { starts: kernel.map((extent) => extent - 1), ends: kernel.map((extent) => -extent - 1), axes, steps: kernel.map(() => -1) });
    const grouped = t.emit('transpose', [t.emit('reshape', [turned], { shape: [groups, c / groups, perGroup, ...kernel] })], { permutation: [0, 2, 1, ...axes.map((axis) => axis + 1)] });
    const weights = t.emit('reshape', [grouped], { shape: [groups * perGroup, c / groups, ...kernel] });
    return t.emit(`conv${rank}d`, [padded, weights, t.optional(2)], { strides: kernel.map(() => 1), dilations, pads: [...kernel, ...kernel].map(() => 0), groups });
  },
};
