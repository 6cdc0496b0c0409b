/** Windows that slide over the last axes of a tensor: what convolutions and pools share. Extents, padding and labels; no arithmetic on values. */
import { add, axisNames, build, constant, plus, scale, shapeOf, subtract, type Guard, type Index, type Input, type Stage, type Tensor } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import type { Reading } from './operator.js';

/** Every list has one entry per spatial axis, outermost first; counts are elements. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  /** Padding as the model says; a last window of `ceilMode` may reach further. */
  readonly after: readonly number[];
  readonly input: readonly number[];
  readonly output: readonly number[];
}

/**
 * Reads strides (1), dilations (1), pads (0, all begins then all ends, e.g. [t, l, b, r]) of a node.
 * Output extent = floor((input + before + after - dilation*(kernel-1) - 1) / stride) + 1; with `ceil` the division rounds up,
 * but no window starts in the padding after the end.
 */
export const windowOf = (reading: Reading, input: readonly number[], kernel: readonly number[], ceil = false): Window => {
  const rank = input.length;
  const perAxis = (attribute: string, least: number, count: number, fallback: number): readonly number[] => {
    const values = reading.integers(attribute, Array.from({ length: count }, () => fallback));
    if (values.length !== count || values.some((value) => value < least))
      return reading.refuse(`has ${attribute} [${values.join(',')}]; expected ${count} integers of at least ${least}`);
    return values;
  };
  const strides = perAxis('strides', 1, rank, 1), dilations = perAxis('dilations', 1, rank, 1), pads = perAxis('pads', 0, 2 * rank, 0);
  const before = pads.slice(0, rank), after = pads.slice(rank);
  if (kernel.length !== rank || kernel.some((extent) => extent < 1)) return reading.refuse(`has a window [${kernel.join(',')}] for ${rank} spatial axes`);
  const output = input.map((extent, i) => {
    const steps = (extent + before[i]! + after[i]! - dilations[i]! * (kernel[i]! - 1) - 1) / strides[i]!;
    if (steps < 0) return reading.refuse(`has a window ${kernel.join('x')} that is larger than its padded input ${input.map((e, j) => e + before[j]! + after[j]!).join('x')}`);
    if (!ceil) return Math.floor(steps) + 1;
    const last = Math.ceil(steps);
    return last * strides[i]! < extent + before[i]! ? last + 1 : last;
  });
  return { kernel, strides, dilations, before, after, input, output };
};

/** Stage P: X[n, c, space] with `fill` around it, as far as any window reaches; undefined when no window leaves X. */
export const paddedStage = (X: Input, window: Window, fill: number): Stage | undefined => {
  const { before, after, input } = window;
  const reach = window.output.map((extent, i) => (extent - 1) * window.strides[i]! + (window.kernel[i]! - 1) * window.dilations[i]! + 1);
  if (before.every((pad) => pad === 0) && after.every((pad) => pad === 0) && reach.every((end, i) => end <= input[i]!)) return undefined;
  const extents = input.map((extent, i) => Math.max(extent + before[i]! + after[i]!, reach[i]!));
  const shape = [...X.shape.slice(0, 2), ...extents];
  const [at, axes] = axesOver(shape);
  const inside = at.map((index, axis) => (axis < 2 ? index : plus(index, -before[axis - 2]!)));
  const guard: Guard = inside.slice(2).flatMap((index, i) => [
    ...(before[i]! > 0 ? [index] : []),
    ...(extents[i]! > input[i]! + before[i]! ? [subtract(constant(input[i]! - 1), index)] : []),
  ]);
  return build.stage('P', X.dtype, axes, build.select(guard, build.load(X, ...inside), build.literal(fill, X.dtype)));
};

/** The index of a padded tensor that window element `within` of output point `at` reads. */
export const windowIndex = (window: Window, at: readonly Index[], within: readonly Index[]): readonly Index[] =>
  at.map((index, i) => add(scale(index, window.strides[i]!), scale(within[i]!, window.dilations[i]!)));

/** `56` for 56x56, `56x28` where extents differ. */
export const collapsed = (values: readonly number[]): string => (values.every((value) => value === values[0]) ? String(values[0]) : values.join('x'));

/** `3x3 64→128 s2 @56`: kernel, what lies between, stride where not 1, dilation, extent of the input. */
export const windowText = (window: Window, between = ''): string => {
  const unlessOne = (letter: string, values: readonly number[]): string => (values.every((value) => value === 1) ? '' : ` ${letter}${collapsed(values)}`);
  return `${window.kernel.join('x')}${between}${unlessOne('s', window.strides)}${unlessOne('d', window.dilations)} @${collapsed(window.input)}`;
};

/** Splits an [n, c, space..] tensor's shape; refuses other ranks. */
export const batchChannelsSpace = (reading: Reading, tensor: Tensor): { readonly n: number; readonly c: number; readonly space: readonly number[] } => {
  const [n, c, ...space] = shapeOf(tensor);
  if (n === undefined || c === undefined || space.length < 1 || space.length > 3)
    return reading.refuse(
      `reads ${tensor.name} of shape [${shapeOf(tensor).join(',')}]; expected [${axisNames(4).join(',')}] or one spatial axis less or more`,
    );
  return { n, c, space };
};
