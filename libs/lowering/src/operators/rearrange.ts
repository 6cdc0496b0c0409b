/** Operators that only move elements: every output element is one input element or a fill value. They copy; that a copy can be avoided is a graph pass's business. */
import { product } from '@loopsmith/util';
import {
  addressOf, build, constant, extentOf, floorDivide, modulo, negated, plainLayout, plus, scale, subtract, typeText, type Guard, type Index, type Value,
} from '@loopsmith/ir';
import { axesOver, axisOf, counted, unflatten } from './axes.js';
import { definitionOf, operator, shapeText } from './operator.js';

/** The same elements in row-major order under another shape. Attribute: shape, every extent given. Source: ONNX operators Reshape, Flatten, Squeeze, Unsqueeze. */
export const reshape = operator((reading) => {
  const X = reading.input(0, 'X'), shape = reading.integers('shape');
  if (product(shape) !== product(X.shape)) return reading.refuse(`reshapes [${X.shape.join(',')}] to [${shape.join(',')}]: ${product(X.shape)} elements are not ${product(shape)}`);
  const [at, axes] = axesOver(shape);
  const Y = build.stage('Y', X.dtype, axes, build.load(X, ...unflatten(X.shape, addressOf(plainLayout(shape), at))));
  return { definition: definitionOf('reshape', [X], [Y]), label: `reshape ${shapeText(X.shape)} to ${shapeText(shape)}` };
});

/** Y[i] = X[j] with axis a of Y being axis permutation[a] of X. Attribute: permutation (axes reversed). Source: ONNX operator Transpose. */
export const transpose = operator((reading) => {
  const X = reading.input(0, 'X');
  const permutation = reading.integers('permutation', X.shape.map((_, axis) => X.shape.length - 1 - axis));
  if ([...permutation].sort((a, b) => a - b).some((axis, i) => axis !== i) || permutation.length !== X.shape.length)
    return reading.refuse(`has permutation [${permutation.join(',')}] of ${X.shape.length} axes`);
  const [at, axes] = axesOver(permutation.map((axis) => X.shape[axis]!));
  const Y = build.stage('Y', X.dtype, axes, build.load(X, ...X.shape.map((_, axis) => at[permutation.indexOf(axis)]!)));
  return { definition: definitionOf('transpose', [X], [Y]), label: `transpose ${shapeText(X.shape)} by ${permutation.join('')}` };
});

/**
 * Every element of X `times` times along `axis` (0): a a b b. Source: ONNX operator Resize, to the nearest element by a whole factor.
 * Refused: times that are no whole number from 1.
 */
export const repeat = operator((reading) => {
  const X = reading.input(0, 'X'), axis = axisOf(reading, reading.number('axis', 0), X.shape.length), times = reading.number('times');
  if (!Number.isInteger(times) || times < 1) return reading.refuse(`repeats ${times} times; expected a whole number from 1`);
  const [at, axes] = axesOver(X.shape.map((extent, i) => (i === axis ? extent * times : extent)));
  const Y = build.stage('Y', X.dtype, axes, build.load(X, ...at.map((index, i) => (i === axis ? floorDivide(index, times) : index))));
  return { definition: definitionOf('repeat', [X], [Y]), label: `repeat ${shapeText(X.shape)} ${times} times along ${axis}` };
});

/** Operands one after another along `axis` (0); other extents and dtypes are equal. Inputs X0, X1, ... Source: ONNX operator Concat. */
export const concat = operator((reading) => {
  const parts = Array.from({ length: reading.inputCount }, (_, i) => reading.input(i, `X${i}`));
  const first = parts[0] ?? reading.refuse('has no inputs');
  const axis = axisOf(reading, reading.number('axis', 0), first.shape.length);
  for (const part of parts)
    if (part.dtype !== first.dtype || part.shape.length !== first.shape.length || part.shape.some((extent, i) => i !== axis && extent !== first.shape[i]))
      return reading.refuse(`joins ${typeText(first)} and ${typeText(part)} along axis ${axis}; all but that axis must be equal`);
  const total = parts.reduce((sum, part) => sum + part.shape[axis]!, 0);
  const [at, axes] = axesOver(first.shape.map((extent, i) => (i === axis ? total : extent)));
  const position = at[axis]!;
  // every branch is guarded on both sides, so that range analysis can prove each load on its own
  let value: Value = build.literal(0, first.dtype);
  let end = total;
  for (const part of [...parts].reverse()) {
    const begin = end - part.shape[axis]!;
    const guard: Guard = [...(begin > 0 ? [plus(position, -begin)] : []), ...(end < total ? [subtract(constant(end - 1), position)] : [])];
    const element = build.load(part, ...at.map((index, i) => (i === axis ? plus(index, -begin) : index)));
    value = guard.length === 0 ? element : build.select(guard, element, value);
    end = begin;
  }
  return {
    definition: definitionOf('concat', parts, [build.stage('Y', first.dtype, axes, value)]),
    label: `concat ${parts.map((part) => part.shape[axis]).join('+')} of ${shapeText(axes.map(extentOf))}`,
  };
});

/**
 * X with elements around it (or cut off, where a pad is negative).
 * Attributes: pads (begins of all axes, then ends), mode constant | edge | reflect | wrap, value (0, for mode constant).
 * Source: ONNX operator Pad. Refused: a reflection longer than the axis it mirrors.
 */
export const pad = operator((reading) => {
  const X = reading.input(0, 'X'), pads = reading.integers('pads'), rank = X.shape.length;
  const mode = reading.word('mode', ['constant', 'edge', 'reflect', 'wrap']), fill = build.literal(reading.number('value', 0), X.dtype);
  if (pads.length !== 2 * rank) return reading.refuse(`has pads [${pads.join(',')}]; expected ${2 * rank} integers for ${rank} axes`);
  const shape = X.shape.map((extent, axis) => extent + pads[axis]! + pads[rank + axis]!);
  if (shape.some((extent) => extent < 1)) return reading.refuse(`leaves the empty shape [${shape.join(',')}]`);
  if (mode === 'reflect' && X.shape.some((extent, axis) => pads[axis]! >= extent || pads[rank + axis]! >= extent))
    return reading.refuse(`reflects more than [${X.shape.join(',')}] holds: each pad must be smaller than its axis`);
  const [at, axes] = axesOver(shape);
  const inside = at.map((index, axis) => plus(index, -pads[axis]!));
  const guardOf = (axis: number): Guard => [
    ...(pads[axis]! > 0 ? [inside[axis]!] : []),
    ...(pads[rank + axis]! > 0 ? [subtract(constant(X.shape[axis]! - 1), inside[axis]!)] : []),
  ];
  /** Edge and reflection, one axis after the other: inside, before the first element, after the last one. */
  const mirrored = (axis: number, chosen: readonly Index[]): Value => {
    if (axis === rank) return build.load(X, ...chosen);
    const last = X.shape[axis]! - 1, index = inside[axis]!;
    const before = mode === 'edge' ? constant(0) : scale(index, -1), after = mode === 'edge' ? constant(last) : subtract(constant(2 * last), index);
    const within = mirrored(axis + 1, [...chosen, index]);
    const orAfter = pads[rank + axis]! > 0 ? build.select([plus(index, -last - 1)], mirrored(axis + 1, [...chosen, after]), fill) : fill;
    const orBefore = pads[axis]! > 0 ? build.select([negated(index)], mirrored(axis + 1, [...chosen, before]), orAfter) : orAfter;
    const guard = guardOf(axis);
    return guard.length === 0 ? within : build.select(guard, within, orBefore);
  };
  const guards = X.shape.flatMap((_, axis) => guardOf(axis));
  const wrapped = (): Value => build.load(X, ...at.map((index, axis) => {
    const extent = X.shape[axis]!, before = pads[axis]! % extent;
    return before === 0 && shape[axis]! <= extent ? index : modulo(plus(index, before > 0 ? extent - before : -before), extent);
  }));
  const element =
    mode === 'wrap'
      ? wrapped()
      : mode !== 'constant'
        ? mirrored(0, [])
        : guards.length === 0
          ? build.load(X, ...inside)
          : build.select(guards, build.load(X, ...inside), fill);
  return { definition: definitionOf('pad', [X], [build.stage('Y', X.dtype, axes, element)]), label: `pad ${shapeText(X.shape)} to ${shapeText(shape)}` };
});

/**
 * Elements from `starts` to before `ends` in `steps` along `axes`; bounds count from the end where negative and are cut to
 * the axis. Attributes: starts, ends; axes (the first ones); steps (1, may be negative). Source: ONNX operator Slice.
 * Refused: a step of 0.
 */
export const slice = operator((reading) => {
  const X = reading.input(0, 'X'), starts = reading.integers('starts'), ends = reading.integers('ends');
  const along = reading.integers('axes', starts.map((_, i) => i)), steps = reading.integers('steps', starts.map(() => 1));
  if (ends.length !== starts.length || along.length !== starts.length || steps.length !== starts.length)
    return reading.refuse(
      `has ${starts.length} starts, ${ends.length} ends, ${along.length} axes and ${steps.length} steps; expected as many of each`,
    );
  const first = X.shape.map(() => 0), step = X.shape.map(() => 1), shape = [...X.shape];
  along.forEach((given, i) => {
    const axis = axisOf(reading, given, X.shape.length), extent = X.shape[axis]!, by = steps[i]!;
    if (by === 0) return reading.refuse('has a step of 0');
    const bound = (value: number, low: number, high: number): number => Math.min(Math.max(counted(value, extent), low), high);
    const begin = by > 0 ? bound(starts[i]!, 0, extent) : bound(starts[i]!, 0, extent - 1);
    const end = by > 0 ? bound(ends[i]!, 0, extent) : bound(ends[i]!, -1, extent - 1);
    first[axis] = begin; step[axis] = by; shape[axis] = Math.max(0, Math.ceil((end - begin) / by));
    return undefined;
  });
  const [at, axes] = axesOver(shape);
  const Y = build.stage('Y', X.dtype, axes, build.load(X, ...at.map((index, axis) => plus(scale(index, step[axis]!), first[axis]!))));
  return { definition: definitionOf('slice', [X], [Y]), label: `slice ${shapeText(X.shape)} to ${shapeText(shape)}` };
});
