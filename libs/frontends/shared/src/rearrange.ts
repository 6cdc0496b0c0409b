/** New shapes, orders, repetitions and swaps between channels and pixels, spelled out in what Loopsmith has. */
import { product } from '@loopsmith/util';
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { expanded } from './along-axis.js';
import { axisOf, elementsOf } from './sizes.js';
import type { Translation } from './translation.js';

/** A tensor without elements has no place to read from; it is a constant of the new shape. */
export const reshaped = (t: Translation, X: GraphTensor, shape: readonly number[]): GraphTensor =>
  (X.shape.includes(0) ? t.constant(fromNumbers(X.dtype, shape, [])) : t.emit('reshape', [X], { shape }));

/** A wanted shape of so many elements, in which one -1 takes what is left; undefined where it does not hold them. */
export const holding = (total: number, wanted: readonly number[]): readonly number[] | undefined => {
  const open = wanted.filter((extent) => extent === -1).length, known = product(wanted.filter((extent) => extent !== -1));
  if (open > 1 || wanted.some((extent) => extent < -1) || (open === 0 ? known !== total : known === 0 || total % known !== 0)) return undefined;
  return wanted.map((extent) => (extent === -1 ? total / known : extent));
};

/** X without these axes; without any being named, without all of extent 1. */
export const squeezed = (t: Translation, X: GraphTensor, named: readonly number[]): GraphTensor => {
  const axes =
      named.length === 0 ? X.shape.flatMap((extent, axis) => (extent === 1 ? [axis] : [])) : named.map((axis) => axisOf(t, axis, X.shape.length)),
    wide = axes.find((axis) => X.shape[axis] !== 1);
  if (wide !== undefined) return t.refuse(`squeezes axis ${wide} of a tensor of shape [${X.shape.join(',')}]; only axes of extent 1 can go`);
  return reshaped(t, X, X.shape.filter((_, axis) => !axes.includes(axis)));
};

/** The last two axes swapped. */
export const lastTwoSwapped = (t: Translation, X: GraphTensor): GraphTensor => {
  const rank = X.shape.length;
  return t.emit('transpose', [X], { permutation: X.shape.map((_, axis) => (axis === rank - 1 ? rank - 2 : axis === rank - 2 ? rank - 1 : axis)) });
};

const imageOf = (t: Translation, X: GraphTensor): readonly [n: number, c: number, h: number, w: number] =>
  (X.shape.length === 4 ? X.shape as [number, number, number, number] : t.refuse(`reads a tensor of shape [${X.shape.join(',')}]; [n,c,h,w] was expected`));
/** X[n, c, h, w] with blocks of b * b channels made blocks of pixels, whose places are the outer part of the channels or the inner one. */
export const depthToSpace = (t: Translation, X: GraphTensor, b: number, outer = true): GraphTensor => {
  const [n, c, h, w] = imageOf(t, X), left = c / b ** 2;
  if (b < 1 || !Number.isInteger(left)) return t.refuse(`makes blocks of ${b} by ${b} pixels, which do not divide ${c} channels`);
  const split = outer ? { shape: [n, b, b, left, h, w], permutation: [0, 3, 4, 1, 5, 2] } : { shape: [n, left, b, b, h, w], permutation: [0, 1, 4, 2, 5, 3] };
  return reshaped(t, t.emit('transpose', [reshaped(t, X, split.shape)], { permutation: split.permutation }), [n, left, h * b, w * b]);
};
/** X[n, c, h, w] with blocks of b * b pixels made channels, their places being the outer part of these. */
export const spaceToDepth = (t: Translation, X: GraphTensor, b: number): GraphTensor => {
  const [n, c, h, w] = imageOf(t, X);
  if (b < 1 || h % b !== 0 || w % b !== 0) return t.refuse(`takes blocks of ${b} by ${b} pixels, which do not divide an image of ${h}x${w}`);
  return reshaped(t, t.emit('transpose', [reshaped(t, X, [n, c, h / b, b, w / b, b])], { permutation: [0, 3, 5, 1, 2, 4] }), [n, c * b ** 2, h / b, w / b]);
};

/** X behind itself along every axis, as often as is said for each. Refused: another number of axes, a result as by `elementsOf`. */
export const tiled = (t: Translation, X: GraphTensor, times: readonly number[]): GraphTensor => {
  if (times.length !== X.shape.length) return t.refuse(`has ${times.length} repeats for a tensor of ${X.shape.length} axes`);
  elementsOf(t, X.shape.map((extent, axis) => extent * times[axis]!));
  return times.reduce((Y, count, axis) => (count === 1 ? Y : copied(t, Y, axis, count)), X);
};

/** X `times` times behind itself along an axis, a b a b: an axis of copies before it, which it then joins, so that each copy is read in one go. */
const copied = (t: Translation, X: GraphTensor, axis: number, times: number): GraphTensor => {
  const split = [...X.shape.slice(0, axis), 1, ...X.shape.slice(axis)];
  const copies = expanded(t, t.emit('reshape', [X], { shape: split }), split.map((extent, i) => (i === axis ? times : extent)));
  return t.emit('reshape', [copies], { shape: X.shape.map((extent, i) => (i === axis ? extent * times : extent)) });
};

/** Every element `times` times along an axis: a a b b. Without elements, or none of them, it is a constant, for there is no place to read from. */
export const repeatedInPlace = (t: Translation, X: GraphTensor, axis: number, times: number): GraphTensor => {
  const shape = X.shape.map((extent, i) => (i === axis ? extent * times : extent));
  if (shape.includes(0)) return t.constant(fromNumbers(X.dtype, shape, []));
  return times === 1 ? X : t.emit('repeat', [X], { axis, times });
};

/** A concatenation of more parts is one of concatenations: its definition nests as deep as it has parts. */
const mostParts = 32;

/** Any number of parts one after another along an axis. Where some have elements, parts without any, which the arithmetic of shapes makes, add nothing, whatever their shape. */
export const joined = (t: Translation, given: readonly GraphTensor[], alongAxis: number): GraphTensor => {
  const filled = given.filter((part) => !part.shape.includes(0)), parts = filled.length === 0 ? given : filled;
  const axis = axisOf(t, alongAxis, (parts[0] ?? t.refuse('has nothing to join')).shape.length);
  if (parts.length === 1) return parts[0]!;
  if (parts.length <= mostParts) return t.emit('concat', parts, { axis });
  return joined(t, Array.from({ length: Math.ceil(parts.length / mostParts) }, (_, i) => joined(t, parts.slice(i * mostParts, (i + 1) * mostParts), axis)), axis);
};

/** A shape with one more axis, of extent 1, before `axis`. */
export const withAxis = (shape: readonly number[], axis: number): readonly number[] => [...shape.slice(0, axis), 1, ...shape.slice(axis)];
/** Parts of one shape beside each other along a new axis, which may be counted from the end. */
export const stacked = (t: Translation, parts: readonly GraphTensor[], along: number): GraphTensor => {
  const axis = axisOf(t, along, (parts[0] ?? t.refuse('has nothing to stack')).shape.length + 1);
  return joined(t, parts.map((part) => reshaped(t, part, withAxis(part.shape, axis))), axis);
};
