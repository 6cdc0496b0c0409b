/**
 * Quantised tensors spelled out: integers that stand for (integer - zero point) * scale. Products are sums of int32, which are
 * exact; every rounding is float32's, as ONNX Runtime has it. Fast kernels for eight bits are not here.
 */
import type { DType, GraphTensor } from '@loopsmith/ir';
import { repeatedInPlace } from './rearrange.js';
import { taken } from './selection.js';
import { axisOf } from './sizes.js';
import type { Translation } from './translation.js';

/** What a quantised integer holds; anything beyond is held at the nearest end. */
const limits: Partial<Readonly<Record<DType, readonly [number, number]>>> = { i8: [-128, 127], u8: [0, 255], i16: [-32768, 32767], u16: [0, 65535] };

const asFloat = (t: Translation, X: GraphTensor): GraphTensor => (X.dtype === 'f32' ? X : t.emit('cast', [X], { to: 'f32' }));

/** X rounded to a whole number, halves to even, from what float32 holds of it: more digits would decide some halves otherwise. */
export const wholeOf = (t: Translation, X: GraphTensor): GraphTensor => t.emit('round', [t.emit('asStored', [X])]);

/** round(scaled) + zero, halves to even, as integers of `to`. */
const rounded = (t: Translation, scaled: GraphTensor, zero: GraphTensor | undefined, to: DType): GraphTensor => {
  const [min, max] = limits[to] ?? t.refuse(`quantises to ${to}; Loopsmith quantises to integers of 8 and 16 bits`);
  const whole = wholeOf(t, scaled), shifted = zero ? t.emit('add', [whole, asFloat(t, zero)]) : whole;
  return t.emit('cast', [t.emit('clip', [shifted], { min, max })], { to });
};

/** round(X / scale) + zero, held within the integers of `to`; scale and zero broadcast with X. */
export const quantised = (t: Translation, X: GraphTensor, scale: GraphTensor, zero: GraphTensor | undefined, to: DType): GraphTensor =>
  rounded(t, t.emit('divide', [asFloat(t, X), asFloat(t, scale)]), zero, to);

/** round(total * factor) + zero: what a sum of int32 is as an integer of `to`. */
export const requantised = (t: Translation, total: GraphTensor, factor: GraphTensor, zero: GraphTensor | undefined, to: DType): GraphTensor =>
  rounded(t, t.emit('multiply', [asFloat(t, total), factor]), zero, to);

/** X - zero as int32, which holds it exactly. */
export const centred = (t: Translation, X: GraphTensor, zero: GraphTensor | undefined): GraphTensor => {
  const wide = (part: GraphTensor): GraphTensor => (part.dtype === 'i32' ? part : t.emit('cast', [part], { to: 'i32' }));
  return zero ? t.emit('subtract', [wide(X), wide(zero)]) : wide(X);
};

/** (X - zero) * scale. */
export const dequantised = (t: Translation, X: GraphTensor, scale: GraphTensor, zero: GraphTensor | undefined): GraphTensor =>
  t.emit('multiply', [asFloat(t, centred(t, X, zero)), asFloat(t, scale)]);

/**
 * A scale or zero point so that it broadcasts with a tensor of `shape`: one number as it is, a vector along `axis`, and with
 * blocks (block > 0) each element for so many neighbours along the axis.
 */
export const alongQuantisedAxis = (t: Translation, parameter: GraphTensor, shape: readonly number[], axis: number, block = 0): GraphTensor => {
  if (parameter.shape.every((extent) => extent === 1)) return parameter.shape.length === 0 ? parameter : t.emit('reshape', [parameter], { shape: [] });
  const along = axisOf(t, axis, shape.length);
  if (block > 0) return taken(t, repeatedInPlace(t, parameter, along, block), along, 0, shape[along]!);
  if (parameter.shape.length !== 1 || parameter.shape[0] !== shape[along])
    return t.refuse(
      `has a scale or zero point of shape [${parameter.shape.join(',')}] for axis ${along} of a tensor of shape [${shape.join(',')}]; one number, or one per element of that axis, was expected`,
    );
  return t.emit('reshape', [parameter], { shape: [shape[along]!, ...shape.slice(along + 1).map(() => 1)] });
};
