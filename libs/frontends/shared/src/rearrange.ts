/** New shapes, repetitions and swaps between channels and pixels, spelled out in what Loopsmith has. */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { expanded } from './along-axis.js';
import type { Translation } from './translation.js';

/** A tensor without elements has no place to read from; it is a constant of the new shape. */
export const reshaped = (t: Translation, X: GraphTensor, shape: readonly number[]): GraphTensor =>
  (X.shape.includes(0) ? t.constant(fromNumbers(X.dtype, shape, [])) : t.emit('reshape', [X], { shape }));

/** X `times` times behind itself along an axis: a b a b. */
export const repeated = (t: Translation, X: GraphTensor, axis: number, times: number): GraphTensor => widened(t, X, axis, axis, times);

/** Every element `times` times along an axis: a a b b. */
export const repeatedInPlace = (t: Translation, X: GraphTensor, axis: number, times: number): GraphTensor => widened(t, X, axis, axis + 1, times);

const widened = (t: Translation, X: GraphTensor, axis: number, copied: number, times: number): GraphTensor => {
  const split = [...X.shape.slice(0, copied), 1, ...X.shape.slice(copied)];
  const copies = expanded(t, t.emit('reshape', [X], { shape: split }), split.map((extent, i) => (i === copied ? times : extent)));
  return t.emit('reshape', [copies], { shape: X.shape.map((extent, i) => (i === axis ? extent * times : extent)) });
};

/** A concatenation of more parts is one of concatenations: its definition nests as deep as it has parts. */
const mostParts = 32;

/** Any number of parts one after another along an axis. */
export const joined = (t: Translation, parts: readonly GraphTensor[], axis: number): GraphTensor => {
  if (parts.length === 1) return parts[0]!;
  if (parts.length <= mostParts) return t.emit('concat', parts, { axis });
  return joined(t, Array.from({ length: Math.ceil(parts.length / mostParts) }, (_, i) => joined(t, parts.slice(i * mostParts, (i + 1) * mostParts), axis)), axis);
};
