/**
 * Transposed convolution as a convolution: stride-1 zeros between the input's elements, padding (or cropping) around them,
 * kernels turned round. Exact, and wasteful at large strides; a definition of its own may replace it.
 */
import type { GraphTensor } from '@loopsmith/ir';
import type { Translation } from './translation.js';

/** Per axis of space: `before` and `after` are cropped from the result, `outputPadding` is added behind it. */
export interface TransposedWindow {
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
  readonly outputPadding: readonly number[];
}

/** X[n, c, y, x] with stride-1 zeros behind every element. */
const spread = (t: Translation, X: GraphTensor, strides: readonly number[]): GraphTensor => {
  if (strides.every((stride) => stride === 1)) return X;
  const [n, c, ...space] = X.shape as [number, number, ...number[]];
  const split = t.emit('reshape', [X], { shape: [n, c, ...space.flatMap((extent) => [extent, 1])] });
  const ends = [0, 0, ...strides.flatMap((stride) => [0, stride - 1])];
  return t.emit('reshape', [t.emit('pad', [split], { pads: [...ends.map(() => 0), ...ends] })], { shape: [n, c, ...space.map((extent, i) => extent * strides[i]!)] });
};

/** X is [n, c, ..], W [c, k/groups, ..]. */
export const transposedConvolution = (
  t: Translation,
  X: GraphTensor,
  W: GraphTensor,
  bias: GraphTensor | undefined,
  groups: number,
  { strides, dilations, before, after, outputPadding }: TransposedWindow,
): GraphTensor => {
  const [c, perGroup, ...kernel] = W.shape as [number, number, ...number[]],
    rank = kernel.length;
  const reach = kernel.map((extent, i) => (extent - 1) * dilations[i]!);
  const pads = [0, 0, ...reach.map((r, i) => r - before[i]!), 0, 0, ...reach.map((r, i) => r - after[i]! + outputPadding[i]! - (strides[i]! - 1))];
  const padded = t.emit('pad', [spread(t, X, strides)], { pads });
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
