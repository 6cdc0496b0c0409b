/**
 * Resizing of images: along each axis a linear map of the input's points, so all modes are one matrix per axis; nearest
 * by whole factors repeats elements instead. Source of all formulas: ONNX operator Resize, version 19. Refused: crops with
 * a fill value, and interpolation between integers.
 */
import { alongAxis, elementsOf, expanded, largestMatrix } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** What one axis is resized by. `scale` is as the model says, which rounding makes differ from output / input. */
interface Axis { readonly input: number; readonly output: number; readonly scale: number; readonly region: readonly [number, number] }
interface Mode { readonly kind: string; readonly coordinates: string; readonly nearest: string; readonly cubic: number; readonly excludeOutside: boolean; readonly antialias: boolean }

/** The place in the input, in elements, that output element `at` is taken from. */
const coordinate = (t: OnnxTranslation, { input, output, scale, region: [start, end] }: Axis, mode: string, at: number): number => {
  const exact = scale * input;
  switch (mode) {
    case 'half_pixel': return (at + 0.5) / scale - 0.5;
    case 'half_pixel_symmetric': return (input / 2) * (1 - output / exact) + (at + 0.5) / scale - 0.5;
    case 'pytorch_half_pixel': return output > 1 ? (at + 0.5) / scale - 0.5 : 0;
    case 'align_corners': return output === 1 ? 0 : (at * (input - 1)) / (exact - 1);
    case 'asymmetric': return at / scale;
    case 'tf_half_pixel_for_nn': return (at + 0.5) / scale;
    case 'tf_crop_and_resize': return output > 1 ? start * (input - 1) + (at * (end - start) * (input - 1)) / (output - 1) : 0.5 * (start + end) * (input - 1);
    default: return t.refuse(`has coordinate_transformation_mode ${mode}, which Loopsmith does not know`);
  }
};

const rounded = (t: OnnxTranslation, place: number, mode: string): number => {
  switch (mode) {
    case 'round_prefer_floor': return Math.ceil(place - 0.5);
    case 'round_prefer_ceil': return Math.floor(place + 0.5);
    case 'floor': return Math.floor(place);
    case 'ceil': return Math.ceil(place);
    default: return t.refuse(`has nearest_mode ${mode}, which Loopsmith does not know`);
  }
};

/** Influence of a point at this distance; Keys 1981 for the cubic. */
const linear = (distance: number): number => Math.max(0, 1 - Math.abs(distance));
const cubic = (a: number) => (distance: number): number => {
  const x = Math.abs(distance);
  if (x <= 1) return (a + 2) * x ** 3 - (a + 3) * x ** 2 + 1;
  return x < 2 ? a * x ** 3 - 5 * a * x ** 2 + 8 * a * x - 4 * a : 0;
};

/** One row of weights over the input's points. Points outside are the edge's, or do not count; antialiasing widens the kernel as the image shrinks. */
const weights = (t: OnnxTranslation, axis: Axis, mode: Mode, at: number): readonly number[] => {
  const row = new Array<number>(axis.input).fill(0), place = coordinate(t, axis, mode.coordinates, at);
  const last = axis.input - 1, clamped = (i: number): number => Math.min(Math.max(i, 0), last);
  if (mode.coordinates === 'tf_crop_and_resize' && (place < 0 || place > last)) return row;
  if (mode.kind === 'nearest') {
    row[clamped(rounded(t, place, mode.nearest))] = 1;
    return row;
  }
  const kernel = mode.kind === 'linear' ? linear : mode.kind === 'cubic' ? cubic(mode.cubic) : t.refuse(`has mode ${mode.kind}, which Loopsmith does not know`);
  const shrink = mode.antialias ? Math.min(axis.scale, 1) : 1, reach = Math.ceil((mode.kind === 'linear' ? 1 : 2) / shrink);
  for (let i = Math.floor(place) - reach; i <= Math.floor(place) + reach + 1; i++) {
    if (mode.excludeOutside && (i < 0 || i > last)) continue;
    row[clamped(i)]! += kernel((i - place) * shrink);
  }
  const total = row.reduce((sum, weight) => sum + weight, 0);
  return row.map((weight) => weight / total);
};

const resized = (t: OnnxTranslation, X: GraphTensor, axes: readonly Axis[], mode: Mode): GraphTensor => {
  if (mode.kind !== 'nearest' && X.dtype !== 'f32' && X.dtype !== 'f64') return t.refuse(`interpolates between elements of type ${X.dtype}; cast them to float32 before`);
  let Y = X;
  elementsOf(t, axes.map((axis) => axis.output));
  axes.forEach((axis, position) => {
    elementsOf(t, [axis.output, axis.input], largestMatrix);
    const matrix = Array.from({ length: axis.output }, (_, at) => weights(t, axis, mode, at));
    const factor = axis.output / axis.input;
    const places = matrix.map((row) => (row.filter((weight) => weight !== 0).length === 1 ? row.indexOf(1) : -1));
    if (factor === 1 && places.every((place, at) => place === at)) return;
    if (Number.isInteger(factor) && places.every((place, at) => place === Math.floor(at / factor))) {
      const split = [...Y.shape.slice(0, position + 1), 1, ...Y.shape.slice(position + 1)];
      const repeated = expanded(t, t.emit('reshape', [Y], { shape: split }), split.map((extent, i) => (i === position + 1 ? factor : extent)));
      Y = t.emit('reshape', [repeated], { shape: Y.shape.map((extent, i) => (i === position ? axis.output : extent)) });
    } else Y = alongAxis(t, Y, position, matrix);
  });
  return Y;
};

/** The sizes that the model asks for, as an axis each. `axes` (opset 18) names those that are meant. */
const axesOf = (t: OnnxTranslation, X: GraphTensor, scales: readonly number[] | undefined, sizes: readonly number[] | undefined, roi: readonly number[]): readonly Axis[] => {
  const rank = X.shape.length;
  const along = t.attributes.integers('axes', X.shape.map((_, axis) => axis)).map((axis) => (axis < 0 ? axis + rank : axis));
  const policy = t.attributes.text('keep_aspect_ratio_policy', 'stretch');
  const ratios = sizes?.map((size, i) => size / X.shape[along[i]!]!);
  const common = ratios && policy !== 'stretch' ? (policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios)) : undefined;
  return X.shape.map((input, axis): Axis => {
    const i = along.indexOf(axis);
    if (i < 0) return { input, output: input, scale: 1, region: [0, 1] };
    const region: readonly [number, number] = [roi[i] ?? 0, roi[along.length + i] ?? 1];
    if (common !== undefined) return { input, output: Math.floor(common * input + 0.5), scale: common, region };
    const scale = scales?.[i] ?? ratios?.[i] ?? t.refuse('has neither scales nor sizes for each of its axes');
    return { input, output: sizes?.[i] ?? Math.floor(input * scale), scale, region };
  });
};

export const resizes: OnnxTranslators = {
  Resize: (t) => {
    const X = t.input(0, 'X');
    /** An empty tensor stands for an absent one before opset 13. */
    const values = (position: number, role: string): readonly number[] | undefined => {
      const tensor = t.optional(position);
      return tensor === undefined || tensor.shape.includes(0) ? undefined : t.known(tensor, role);
    };
    if (t.opset < 11) return resized(t, X, axesOf(t, X, values(1, 'scales'), undefined, []), { kind: t.attributes.text('mode', 'nearest'), ...oldMode });
    const mode = { kind: t.attributes.text('mode', 'nearest'), coordinates: t.attributes.text('coordinate_transformation_mode', 'half_pixel') };
    if (mode.coordinates === 'tf_crop_and_resize' && t.attributes.number('extrapolation_value', 0) !== 0) return t.refuse('fills what lies outside with an extrapolation_value that is not 0');
    return resized(t, X, axesOf(t, X, values(2, 'scales'), values(3, 'sizes'), values(1, 'roi') ?? []), {
      ...mode, nearest: t.attributes.text('nearest_mode', 'round_prefer_floor'), cubic: t.attributes.number('cubic_coeff_a', -0.75),
      excludeOutside: t.attributes.flag('exclude_outside', false), antialias: t.attributes.flag('antialias', false),
    });
  },
  /** Scales are an attribute before opset 9. */
  Upsample: (t) => {
    const X = t.input(0, 'X'), scales = t.opset < 9 ? t.attributes.numbers('scales') : t.known(t.input(1, 'scales'), 'scales');
    return resized(t, X, axesOf(t, X, scales, undefined, []), { kind: t.attributes.text('mode', 'nearest'), ...oldMode });
  },
};
/** Before opset 11 there was one way. */
const oldMode = { coordinates: 'asymmetric', nearest: 'floor', cubic: -0.75, excludeOutside: false, antialias: false } as const;
