/**
 * Transposed convolution as a convolution. At a stride of s, the results whose place is p modulo s are a convolution of their own, with
 * every s-th element of the kernel from p on: all s of them (per axis) are channels of one convolution without a stride, which are
 * then laid between each other. Dilated kernels see zeros between the input's elements instead. Source: Shi et al. 2016,
 * "Is the deconvolution layer the same as a convolutional layer?" (arXiv 1609.07009).
 */
import type { GraphTensor } from '@loopsmith/ir';
import { product } from '@loopsmith/util';
import { expanded } from './along-axis.js';
import type { Translation } from './translation.js';

/** Per axis of space: `before` and `after` are cropped from the result, `outputPadding` is added behind it. */
export interface TransposedWindow {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly outputPadding: readonly number[];
}

/** X is [n, c, ..], W [c, k/groups, ..], bias [k]. */
export const transposedConvolution = (
  t: Translation, X: GraphTensor, W: GraphTensor, bias: GraphTensor | undefined, groups: number, window: TransposedWindow,
): GraphTensor => {
  const { strides, dilations, before } = window, inOrder = dilations.every((dilation) => dilation === 1) && before.every((pad) => pad >= 0);
  return inOrder && strides.some((stride) => stride > 1) ? inPhases(t, X, W, bias, groups, window) : spreadOut(t, X, W, bias, groups, window);
};

/** Phase p of every axis: Y[q * s + p] = sum over j of X[q - j] * W[j * s + p]. */
const inPhases = (
  t: Translation, X: GraphTensor, W: GraphTensor, bias: GraphTensor | undefined, groups: number, { strides, before, after, outputPadding }: TransposedWindow,
): GraphTensor => {
  const [n, c, ...space] = X.shape as [number, number, ...number[]], [, perGroup, ...kernel] = W.shape as [number, number, ...number[]];
  const rank = kernel.length, axes = kernel.map((_, i) => i), phases = product(strides);
  const taps = kernel.map((extent, i) => Math.ceil(extent / strides[i]!));
  const lengths = space.map((extent, i) => (extent - 1) * strides[i]! + kernel[i]! - before[i]! - after[i]! + outputPadding[i]!);
  // places of every phase: as many as the result, counted from its uncropped begin, has
  const places = lengths.map((length, i) => Math.max(space[i]!, Math.ceil((before[i]! + length) / strides[i]!)));

  const whole = t.emit('pad', [W], { pads: [0, 0, ...axes.map(() => 0), 0, 0, ...kernel.map((extent, i) => taps[i]! * strides[i]! - extent)] });
  // [c, k/g, taps * s ..] to [g, s .., k/g, c/g, taps .. from the end]
  const cut = t.emit('reshape', [whole], { shape: [groups, c / groups, perGroup, ...taps.flatMap((extent, i) => [extent, strides[i]!])] });
  const turned = t.emit('slice', [cut], {
    starts: taps.map((extent) => extent - 1), ends: taps.map((extent) => -extent - 1), axes: axes.map((i) => 3 + 2 * i), steps: axes.map(() => -1),
  });
  const sorted = t.emit('transpose', [turned], { permutation: [0, ...axes.map((i) => 4 + 2 * i), 2, 1, ...axes.map((i) => 3 + 2 * i)] });
  const weights = t.emit('reshape', [sorted], { shape: [groups * phases * perGroup, c / groups, ...taps] });
  const biases = bias && t.emit('reshape', [expanded(t, t.emit('reshape', [bias], { shape: [groups, 1, perGroup] }), [groups, phases, perGroup])], { shape: [groups * phases * perGroup] });
  const made = t.emit(`conv${rank}d`, [X, weights, biases], {
    strides: axes.map(() => 1), dilations: axes.map(() => 1), groups,
    pads: [...taps.map((extent) => extent - 1), ...axes.map((i) => places[i]! - space[i]!)],
  });
  // [n, g * s .. * k/g, places ..] to [n, g * k/g, places * s ..]
  const apart = t.emit('reshape', [made], { shape: [n, groups, ...strides, perGroup, ...places] });
  const between = t.emit('transpose', [apart], { permutation: [0, 1, 2 + rank, ...axes.flatMap((i) => [3 + rank + i, 2 + i])] });
  const all = t.emit('reshape', [between], { shape: [n, groups * perGroup, ...places.map((extent, i) => extent * strides[i]!)] });
  return t.emit('slice', [all], { starts: before, ends: lengths.map((length, i) => before[i]! + length), axes: axes.map((i) => 2 + i), steps: axes.map(() => 1) });
};

/** With stride-1 zeros between the input's elements, padding (or cropping) around them, and kernels turned round. */
const spreadOut = (
  t: Translation, X: GraphTensor, W: GraphTensor, bias: GraphTensor | undefined, groups: number, { strides, dilations, before, after, outputPadding }: TransposedWindow,
): GraphTensor => {
  const [c, perGroup, ...kernel] = W.shape as [number, number, ...number[]],
    rank = kernel.length;
  const reach = kernel.map((extent, i) => (extent - 1) * dilations[i]!);
  const pads = [0, 0, ...reach.map((r, i) => r - before[i]!), 0, 0, ...reach.map((r, i) => r - after[i]! + outputPadding[i]! - (strides[i]! - 1))];
  const padded = t.emit('pad', [withZeros(t, X, strides)], { pads });
  // [c, k/g, r, s] to [k, c/g, r, s], with r and s from the end
  const axes = kernel.map((_, i) => 2 + i);
  const turned = t.emit('slice', [W], {
    starts: kernel.map((extent) => extent - 1),
    ends: kernel.map((extent) => -extent - 1),
    axes,
    steps: kernel.map(() => -1),
  });
  const grouped = t.emit('transpose', [t.emit('reshape', [turned], { shape: [groups, c / groups, perGroup, ...kernel] })], {
    permutation: [0, 2, 1, ...axes.map((axis) => axis + 1)],
  });
  const weights = t.emit('reshape', [grouped], { shape: [groups * perGroup, c / groups, ...kernel] });
  return t.emit(`conv${rank}d`, [padded, weights, bias], {
    strides: kernel.map(() => 1),
    dilations,
    pads: [...kernel, ...kernel].map(() => 0),
    groups,
  });
};

/** X[n, c, y, x] with stride-1 zeros behind every element. */
const withZeros = (t: Translation, X: GraphTensor, strides: readonly number[]): GraphTensor => {
  if (strides.every((stride) => stride === 1)) return X;
  const [n, c, ...space] = X.shape as [number, number, ...number[]];
  const split = t.emit('reshape', [X], { shape: [n, c, ...space.flatMap((extent) => [extent, 1])] });
  const ends = [0, 0, ...strides.flatMap((stride) => [0, stride - 1])];
  return t.emit('reshape', [t.emit('pad', [split], { pads: [...ends.map(() => 0), ...ends] })], { shape: [n, c, ...space.map((extent, i) => extent * strides[i]!)] });
};
