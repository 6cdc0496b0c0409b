/**
 * Resizing of images, axis by axis: interpolation mixes two elements, or is a product with a matrix where it takes more; nearest gathers elements, or repeats
 * them where factors are whole. Modes go by ONNX's names; source of all formulas: ONNX operator Resize, version 19.
 * Refused: interpolation between integers.
 */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { alongAxis } from './along-axis.js';
import { scalarLike } from './filled.js';
import { repeatedInPlace } from './rearrange.js';
import { elementsOf, largestMatrix } from './sizes.js';
import type { Translation } from './translation.js';

/**
 * What one axis is resized by. `scale` is a fraction, over / under: output / input where it is left out. A quotient would
 * round, and an element whose place is a whole number would be read from its neighbour. `region`: what tf_crop_and_resize takes.
 */
export interface ResizedAxis {
  readonly input: number;
  readonly output: number;
  readonly scale?: readonly [over: number, under: number];
  readonly region?: readonly [number, number];
}
export interface ResizeMode {
  readonly kind: string;
  readonly coordinates: string;
  readonly nearest: string;
  readonly cubic: number;
  readonly excludeOutside: boolean;
  readonly antialias: boolean;
}

/** The place in the input, in elements, that output element `at` is taken from. */
const coordinate = (t: Translation, { input, output, scale: [over, under] = [output, input], region: [start, end] = [0, 1] }: ResizedAxis, mode: string, at: number): number => {
  const exact = (over * input) / under, scaledBack = (place: number): number => (place * under) / over;
  switch (mode) {
    case 'half_pixel': return scaledBack(at + 0.5) - 0.5;
    case 'half_pixel_symmetric': return (input / 2) * (1 - output / exact) + scaledBack(at + 0.5) - 0.5;
    case 'pytorch_half_pixel': return output > 1 ? scaledBack(at + 0.5) - 0.5 : 0;
    case 'align_corners': return output === 1 ? 0 : (at * (input - 1)) / (exact - 1);
    case 'asymmetric': return scaledBack(at);
    case 'tf_half_pixel_for_nn': return scaledBack(at + 0.5);
    case 'tf_crop_and_resize': return output > 1 ? start * (input - 1) + (at * (end - start) * (input - 1)) / (output - 1) : 0.5 * (start + end) * (input - 1);
    default: return t.refuse(`has coordinate_transformation_mode ${mode}, which Loopsmith does not know`);
  }
};

/** `shrinks_up` is what Resize of operator set 10 does: down where an axis grows, up where it shrinks. */
const rounded = (t: Translation, { input, output, scale: [over, under] = [output, input] }: ResizedAxis, place: number, mode: string): number => {
  switch (mode) {
    case 'shrinks_up': return over < under ? Math.ceil(place) : Math.floor(place);
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

const held = (place: number, { input }: ResizedAxis): number => Math.min(Math.max(place, 0), input - 1);
const isCrop = ({ coordinates }: ResizeMode): boolean => coordinates === 'tf_crop_and_resize';
/** Whether a place of a crop lies outside of the image: 0 stands there. */
const isOutside = (place: number, { input }: ResizedAxis, mode: ResizeMode): boolean => isCrop(mode) && (place < 0 || place > input - 1);

/** Weights of the input's points for one output point, into a row of zeros. Points outside are the edge's, or do not count; antialiasing widens the kernel as the image shrinks. */
const weights = (t: Translation, axis: ResizedAxis, mode: ResizeMode, at: number, row: Float64Array): void => {
  const place = coordinate(t, axis, mode.coordinates, at), [over, under] = axis.scale ?? [axis.output, axis.input];
  if (isOutside(place, axis, mode)) return;
  const kernel = mode.kind === 'linear' ? linear : mode.kind === 'cubic' ? cubic(mode.cubic) : t.refuse(`has mode ${mode.kind}, which Loopsmith does not know`);
  const shrink = mode.antialias ? Math.min(over / under, 1) : 1, reach = Math.ceil((mode.kind === 'linear' ? 1 : 2) / shrink);
  let total = 0;
  for (let i = Math.floor(place) - reach; i <= Math.floor(place) + reach + 1; i++) {
    const point = held(i, axis), weight = mode.excludeOutside && point !== i ? 0 : kernel((i - place) * shrink);
    row[point]! += weight;
    total += weight;
  }
  for (let i = 0; i < row.length; i++) row[i]! /= total;
};

/** One axis by nearest elements. */
const nearest = (t: Translation, X: GraphTensor, position: number, axis: ResizedAxis, mode: ResizeMode): GraphTensor => {
  const { input, output } = axis, places = new Float64Array(elementsOf(t, [output], largestMatrix)), inside = new Uint8Array(output);
  for (let at = 0; at < output; at++) {
    const place = coordinate(t, axis, mode.coordinates, at);
    places[at] = held(rounded(t, axis, place, mode.nearest), axis);
    inside[at] = Number(!isOutside(place, axis, mode));
  }
  const factor = output / input, all = inside.every((one) => one === 1);
  if (all && Number.isInteger(factor) && places.every((place, at) => place === Math.floor(at / factor))) return factor === 1 ? X : repeatedInPlace(t, X, position, factor);
  const Y = t.emit('gather', [X, t.constant(fromNumbers('i64', [output], places))], { axis: position });
  return all ? Y : t.emit('where', [t.constant(fromNumbers('bool', [output, ...X.shape.slice(position + 1).map(() => 1)], inside)), Y, scalarLike(t, Y, 0)]);
};

/** One axis by weights of its elements. */
const interpolated = (t: Translation, X: GraphTensor, position: number, axis: ResizedAxis, mode: ResizeMode): GraphTensor => {
  const { input, output } = axis,
    isCopy = (at: number): boolean => {
      const row = new Float64Array(input);
      weights(t, axis, mode, at, row);
      return row.every((weight, i) => weight === Number(i === at));
    };
  elementsOf(t, [output, input], largestMatrix);
  if (input === 1 && !mode.excludeOutside && !isCrop(mode)) return output === 1 ? X : repeatedInPlace(t, X, position, output);
  for (let at = 0; input === output; at++) {
    if (at === output) return X;
    if (!isCopy(at)) break;
  }
  const weigh = (at: number, row: Float64Array): void => weights(t, axis, mode, at, row);
  return mixed(t, X, position, axis, weigh) ?? alongAxis(t, X, position, output, weigh);
};

/** Every element as a mix of two, so that an infinity spoils no others; undefined where one is made of more. A product takes as long as the axis for each. */
const mixed = (t: Translation, X: GraphTensor, position: number, { input, output }: ResizedAxis, weigh: (at: number, row: Float64Array) => void): GraphTensor | undefined => {
  const places = [new Float64Array(output), new Float64Array(output)] as const, shares = [new Float64Array(output), new Float64Array(output)] as const;
  for (let at = 0; at < output; at++) {
    const row = new Float64Array(input);
    weigh(at, row);
    const points = [...row.keys()].filter((point) => row[point] !== 0), [first = 0, second = first] = points;
    if (points.length > 2) return undefined;
    // one alone is two halves of itself: 0 times an infinity is no number
    const halves = second === first ? 2 : 1;
    [first, second].forEach((point, i) => { places[i]![at] = point; shares[i]![at] = row[point]! / halves; });
  }
  const part = (i: 0 | 1): GraphTensor => {
    const taken = t.emit('gather', [X, t.constant(fromNumbers('i64', [output], places[i]))], { axis: position });
    return t.emit('multiply', [taken, t.constant(fromNumbers(X.dtype, [output, ...X.shape.slice(position + 1).map(() => 1)], shares[i]))]);
  };
  return t.emit('add', [part(0), part(1)]);
};

/** X resized along every axis. */
export const resized = (t: Translation, X: GraphTensor, axes: readonly ResizedAxis[], mode: ResizeMode): GraphTensor => {
  if (mode.kind !== 'nearest' && X.dtype !== 'f32' && X.dtype !== 'f64') return t.refuse(`interpolates between elements of type ${X.dtype}; cast them to float32 before`);
  if (axes.some(({ input, output }) => input === 0 && output > 0))
    return t.refuse(
      `resizes [${X.shape.join(',')}], which has no elements, to [${axes.map(({ output }) => output).join(',')}]; give the model an input that has some`,
    );
  elementsOf(t, axes.map((axis) => axis.output));
  return axes.reduce((Y, axis, position) => (mode.kind === 'nearest' ? nearest : interpolated)(t, Y, position, axis, mode), X);
};
