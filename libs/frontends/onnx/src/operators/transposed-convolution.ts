/** Transposed convolutions: their window from what ONNX says of it. */
import { transposedConvolution, type TransposedWindow } from '@loopsmith/frontend-shared';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** Source: ONNX operator ConvTranspose, the formulas of output_shape and auto_pad. */
const windowOf = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): TransposedWindow => {
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

export const transposedConvolutions: OnnxTranslators = {
  ConvTranspose: (t) => {
    const X = t.input(0, 'X'), W = t.input(1, 'W'), space = X.shape.slice(2), kernel = W.shape.slice(2), rank = space.length;
    if (rank < 1 || rank > 3 || kernel.length !== rank) return t.refuse(`reads X of shape [${X.shape.join(',')}] and W of shape [${W.shape.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`);
    return transposedConvolution(t, X, W, t.optional(2), t.attributes.integer('group', 1), windowOf(t, space, kernel));
  },
};
