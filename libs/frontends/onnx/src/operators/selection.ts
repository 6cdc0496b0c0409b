/** Operators that take a part of a tensor or put something around it. Bounds, indices and pads are known at import. */
import { axisOf, chosenBy, elementsOf, taken } from '@loopsmith/frontend-shared';
import type { Attribute, GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

/** Sizes of the parts: given, or as equal as they can be, the last one smaller. */
const splitSizes = (t: OnnxTranslation, extent: number): readonly number[] => {
  const tensor = t.optional(1), parts = t.node.outputs.length, declared = t.attributes.integer('num_outputs', parts);
  if (declared !== parts) return t.refuse(`has num_outputs ${declared} and ${parts} outputs`);
  if (tensor) return t.known(tensor, 'split');
  if (t.attributes.has('split')) return t.attributes.integers('split');
  const size = Math.ceil(extent / parts);
  return Array.from({ length: parts }, (_, i) => Math.min(size, extent - i * size));
};

const padAttributes = (t: OnnxTranslation, X: GraphTensor): Readonly<Record<string, Attribute>> => {
  const mode = t.attributes.text('mode', 'constant'), rank = X.shape.length;
  if (t.opset < 11) return { pads: t.attributes.integers(t.opset < 2 ? 'paddings' : 'pads'), mode, value: t.attributes.number('value', 0) };
  const pads = t.known(t.input(1, 'pads'), 'pads'), fill = t.optional(2), along = t.optional(3);
  const value = fill ? t.known(fill, 'constant_value')[0] ?? 0 : 0;
  if (!along) return { pads, mode, value };
  const axes = t.known(along, 'axes').map((axis) => axisOf(t, axis, rank)), full = Array.from({ length: 2 * rank }, () => 0);
  if (pads.length !== 2 * axes.length) return t.refuse(`has ${pads.length} pads for ${axes.length} axes; two per axis were expected`);
  axes.forEach((axis, i) => { full[axis] = pads[i]!; full[rank + axis] = pads[axes.length + i]!; });
  return { pads: full, mode, value };
};

export const selections: OnnxTranslators = {
  /** Bounds are attributes before opset 10, inputs since. */
  Slice: (t) => {
    const X = t.input(0, 'data');
    if (t.opset < 10) {
      const starts = t.attributes.integers('starts');
      return t.emit('slice', [X], { starts, ends: t.attributes.integers('ends'), axes: t.attributes.integers('axes', starts.map((_, axis) => axis)) });
    }
    const starts = t.known(t.input(1, 'starts'), 'starts'), axes = t.optional(3), steps = t.optional(4);
    return t.emit('slice', [X], {
      starts, ends: t.known(t.input(2, 'ends'), 'ends'),
      axes: axes ? t.known(axes, 'axes') : starts.map((_, axis) => axis), steps: steps ? t.known(steps, 'steps') : starts.map(() => 1),
    });
  },
  Split: (t) => {
    const X = t.input(0, 'input'), axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length), sizes = splitSizes(t, X.shape[axis] ?? 0);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    if (total !== X.shape[axis] || sizes.some((size) => size < 0))
      return t.refuse(`splits axis ${axis} of extent ${X.shape[axis]} into [${sizes.join(',')}], which does not add up`);
    let start = 0;
    return sizes.map((size) => taken(t, X, axis, start, start += size));
  },
  Gather: (t) => {
    const X = t.input(0, 'data');
    return chosenBy(t, X, t.input(1, 'indices'), axisOf(t, t.attributes.integer('axis', 0), X.shape.length), true);
  },
  GatherElements: (t) => t.emit('gatherElements', [t.input(0, 'data'), t.input(1, 'indices')], { axis: t.attributes.integer('axis', 0) }),
  /** The middle of each axis where it shrinks, zeros around it where it grows; the odd element goes to the end. Source: ONNX operator CenterCropPad. */
  CenterCropPad: (t) => {
    const X = t.input(0, 'input_data'),
      wanted = t.known(t.input(1, 'shape'), 'shape'),
      axes = t.attributes
        .integers(
          'axes',
          X.shape.map((_, axis) => axis),
        )
        .map((axis) => axisOf(t, axis, X.shape.length));
    const before = X.shape.map(() => 0), after = X.shape.map(() => 0);
    elementsOf(t, wanted);
    axes.forEach((axis, i) => {
      const missing = (wanted[i] ?? X.shape[axis]!) - X.shape[axis]!;
      before[axis] = missing < 0 ? -Math.floor(-missing / 2) : Math.floor(missing / 2);
      after[axis] = missing - before[axis];
    });
    return t.emit('pad', [X], { pads: [...before, ...after] });
  },
  Pad: (t) => {
    const X = t.input(0, 'data');
    return t.emit('pad', [X], padAttributes(t, X));
  },
};
