/**
 * Resizing of images: along each axis a linear map of the input's points, so all modes are one matrix per axis; nearest
 * by whole factors repeats elements instead. Modes go by ONNX's names; source of all formulas: ONNX operator Resize, version 19.
 * Refused: interpolation between integers.
 */
import type { GraphTensor } from '@loopsmith/ir';
import { alongAxis, largestMatrix } from './along-axis.js';
import { repeatedInPlace } from './rearrange.js';
import { elementsOf } from './sizes.js';
import type { Translation } from './translation.js';

/** What one axis is resized by. `scale` is as the model says, which rounding makes differ from output / input. */
export interface ResizedAxis { readonly input: number; readonly output: number; readonly scale: number; readonly region: readonly [number, number] }
export interface ResizeMode { readonly kind: string; readonly coordinates: string; readonly nearest: string; readonly cubic: number; readonly excludeOutside: boolean; readonly antialias: boolean }

/** The place in the input, in elements, that output element `at` is taken from. */
const coordinate = (t: Translation, { input, output, scale, region: [start, end] }: ResizedAxis, mode: string, at: number): number => {
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

const rounded = (t: Translation, place: number, mode: string): number => {
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
const weights = (t: Translation, axis: ResizedAxis, mode: ResizeMode, at: number): readonly number[] => {
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

/** X resized along every axis. */
export const resized = (t: Translation, X: GraphTensor, axes: readonly ResizedAxis[], mode: ResizeMode): GraphTensor => {
  if (mode.kind !== 'nearest' && X.dtype !== 'f32' && X.dtype !== 'f64') return t.refuse(`interpolates between elements of type ${X.dtype}; cast them to float32 before`);
  if (axes.some(({ input, output }) => input === 0 && output > 0)) return t.refuse(`resizes [${X.shape.join(',')}], which has no elements, to [${axes.map(({ output }) => output).join(',')}]; give the model an input that has some`);
  let Y = X;
  elementsOf(t, axes.map((axis) => axis.output));
  axes.forEach((axis, position) => {
    elementsOf(t, [axis.output, axis.input], largestMatrix);
    const matrix = Array.from({ length: axis.output }, (_, at) => weights(t, axis, mode, at));
    const factor = axis.output / axis.input;
    const places = matrix.map((row) => (row.filter((weight) => weight !== 0).length === 1 ? row.indexOf(1) : -1));
    if (factor === 1 && places.every((place, at) => place === at)) return;
    if (Number.isInteger(factor) && places.every((place, at) => place === Math.floor(at / factor))) Y = repeatedInPlace(t, Y, position, factor);
    else Y = alongAxis(t, Y, position, matrix);
  });
  return Y;
};
