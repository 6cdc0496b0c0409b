/** Transposed convolutions: their window from what ONNX says of it. */
import { computed, elementsOf, transposedConvolution, type TransposedWindow } from '@loopsmith/frontend-shared';
import { kernelOf } from './window.js';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** Source: ONNX operator ConvTranspose, the formulas of output_shape and auto_pad. */
const windowOf = (t: OnnxTranslation, space: readonly number[], kernel: readonly number[]): TransposedWindow => {
  const every = (value: number): readonly number[] => space.map(() => value);
  const strides = t.attributes.integers('strides', every(1)), dilations = t.attributes.integers('dilations', every(1));
  const outputPadding = t.attributes.integers('output_padding', every(0)), mode = t.attributes.text('auto_pad', 'NOTSET');
  const given = t.attributes.integers('pads', [...every(0), ...every(0)]), same = mode === 'SAME_UPPER' || mode === 'SAME_LOWER';
  const wanted = t.attributes.has('output_shape') ? t.attributes.integers('output_shape').slice(-space.length) : same ? space.map((extent, i) => extent * strides[i]!) : undefined;
  if (!wanted) {
    const pads = mode === 'VALID' ? [...every(0), ...every(0)] : given;
    return { strides, dilations, outputPadding, before: pads.slice(0, space.length), after: pads.slice(space.length) };
  }
  const totals = space.map((extent, i) => strides[i]! * (extent - 1) + outputPadding[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - wanted[i]!);
  const less = totals.map((total) => Math.floor(total / 2)), more = totals.map((total) => Math.ceil(total / 2));
  return { strides, dilations, outputPadding, ...(mode === 'SAME_UPPER' ? { before: less, after: more } : { before: more, after: less }) };
};

export const transposedConvolutions: OnnxTranslators = {
  ConvTranspose: (t) => {
    const X = t.input(0, 'X'), W = t.input(1, 'W'), space = X.shape.slice(2), kernel = kernelOf(t, W), rank = space.length;
    if (rank < 1 || rank > 3 || kernel.length !== rank)
      return t.refuse(
        `reads X of shape [${X.shape.join(',')}] and W of shape [${W.shape.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`,
      );
    return transposedConvolution(t, X, W, t.optional(2), t.attributes.integer('group', 1), windowOf(t, space, kernel));
  },
  /**
   * Columns [n, c * block, places] added up where their blocks lie in the image: a transposed convolution with a one for each element of the block.
   * Source: ONNX operator Col2Im.
   */
  Col2Im: (t) => {
    const X = t.input(0, 'input'),
      image = t.known(t.input(1, 'image_shape'), 'image_shape'),
      block = t.known(t.input(2, 'block_shape'), 'block_shape'),
      size = elementsOf(t, block);
    const [n, columns] = X.shape as [number, number, number], every = (value: number): readonly number[] => block.map(() => value), channels = columns / size;
    const strides = t.attributes.integers('strides', every(1)),
      dilations = t.attributes.integers('dilations', every(1)),
      pads = t.attributes.integers('pads', [...every(0), ...every(0)]);
    const places = block.map((extent, i) => Math.floor((image[i]! + pads[i]! + pads[block.length + i]! - dilations[i]! * (extent - 1) - 1) / strides[i]!) + 1);
    if (X.shape.length !== 3 || !Number.isInteger(channels) || elementsOf(t, places) !== X.shape[2])
      return t.refuse(
        `reads columns of shape [${X.shape.join(',')}] for blocks of [${block.join(',')}] at [${places.join(',')}] places; expected [n,c*${size},${elementsOf(t, places)}]`,
      );
    const ones = computed(t, X.dtype, [columns, 1, ...block], (i) => Number(Math.floor(i / size) % size === i % size));
    const covered = places.map((count, i) => (count - 1) * strides[i]! + (block[i]! - 1) * dilations[i]! + 1);
    return transposedConvolution(t, t.emit('reshape', [X], { shape: [n, columns, ...places] }), ones, undefined, channels,
      { strides, dilations, before: pads.slice(0, block.length), after: block.map((_, i) => covered[i]! - pads[i]! - image[i]!), outputPadding: every(0) });
  },
};
