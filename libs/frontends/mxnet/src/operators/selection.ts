/** Parts of a tensor at places that the symbol names, and elements around one. */
import { axisOf, taken } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

/** A part without the axis that it was taken along, which has extent 1 there. */
const without = (t: MxnetTranslation, X: GraphTensor, axis: number): GraphTensor => t.emit('reshape', [X], { shape: X.shape.filter((_, i) => i !== axis) });
const squeezed = (t: MxnetTranslation, X: GraphTensor, axis: number): GraphTensor =>
  (!t.attributes.flag('squeeze_axis', false) ? X : X.shape[axis] === 1 ? without(t, X, axis) : t.refuse(`squeezes axis ${axis} of a part of shape [${X.shape.join(',')}]`));

const parts: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), count = t.attributes.integer('num_outputs'), axis = axisOf(t, t.attributes.integer('axis', 1), X.shape.length), extent = X.shape[axis]!;
  if (count < 1 || extent % count !== 0) return t.refuse(`splits axis ${axis} of extent ${extent} into ${count} parts`);
  const size = extent / count;
  return t.node.outputs.map((_, i) =>
    i < count ? squeezed(t, taken(t, X, axis, i * size, (i + 1) * size), axis) : t.refuse(`has ${count} outputs, of which number ${i + 1} is read`),
  );
};

/** Begins, ends and steps per leading axis; None is the whole way. A step before MXNet 1.1 was always 1. */
const slice: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), begin = t.attributes.bounds('begin'), end = t.attributes.bounds('end'), step = t.attributes.bounds('step', []);
  if (begin.length > X.shape.length || end.length !== begin.length) return t.refuse(`has ${begin.length} begins and ${end.length} ends for a tensor of ${X.shape.length} axes`);
  const steps = begin.map((_, i) => { const by = step[i] ?? 1; return by === 0 ? t.refuse('has a step of 0') : by; });
  const starts = begin.map((value, i) => value ?? (steps[i]! > 0 ? 0 : X.shape[i]! - 1));
  const ends = begin.map((_, i) => end[i] ?? (steps[i]! > 0 ? X.shape[i]! : -X.shape[i]! - 1));
  return t.emit('slice', [X], { starts, ends, axes: begin.map((_, i) => i), steps });
};

/** A window of the last two axes, of the size of h_w or of the second input, at `offset` or in the middle. */
const crop: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), like = t.optional(1), [h, w] = like ? like.shape.slice(2) : t.attributes.integers('h_w');
  if (X.shape.length !== 4 || h === undefined || w === undefined) return t.refuse(`crops a tensor of shape [${X.shape.join(',')}]; four axes were expected`);
  const [, , height, width] = X.shape as [number, number, number, number];
  const [y = 0, x = 0] = t.attributes.flag('center_crop', false) ? [Math.floor((height - h) / 2), Math.floor((width - w) / 2)] : t.attributes.integers('offset', [0, 0]);
  if (y < 0 || x < 0 || y + h > height || x + w > width) return t.refuse(`crops ${h}x${w} at ${y},${x} of ${height}x${width}`);
  return taken(t, taken(t, X, 2, y, y + h), 3, x, x + w);
};

export const selections: MxnetTranslators = {
  SliceChannel: parts, split: parts,
  /** At given places, of which the first is always 0, or into equal sections. */
  _split_v2: (t) => {
    const X = t.input(0, 'data'), axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length), extent = X.shape[axis]!, sections = t.attributes.integer('sections', 0);
    if (sections > 0 && extent % sections !== 0) return t.refuse(`splits axis ${axis} of extent ${extent} into ${sections} parts`);
    const given = sections > 0 ? [] : t.attributes.integers('indices'), count = sections > 0 ? sections : given.length;
    const start = (i: number): number => (sections > 0 ? (i * extent) / sections : given[i] ?? extent);
    return t.node.outputs.map((_, i) =>
      i < count ? squeezed(t, taken(t, X, axis, start(i), start(i + 1)), axis) : t.refuse(`has ${count} outputs, of which number ${i + 1} is read`),
    );
  },
  slice, crop: slice,
  slice_axis: (t) => {
    const X = t.input(0, 'data'), axis = axisOf(t, t.attributes.integer('axis'), X.shape.length);
    return t.emit('slice', [X], { starts: [t.attributes.integer('begin')], ends: [t.attributes.integer('end', X.shape[axis])], axes: [axis] });
  },
  slice_like: (t) => {
    const X = t.input(0, 'data'), like = t.input(1, 'shape_like'), given = t.attributes.integers('axes', []);
    const axes = given.length === 0 ? like.shape.map((_, axis) => axis) : given.map((axis) => axisOf(t, axis, X.shape.length));
    return axes.reduce((part, axis) => {
      const wanted = like.shape[axis] ?? 0, extent = X.shape[axis] ?? 0;
      return wanted >= 1 && wanted <= extent ? taken(t, part, axis, 0, wanted) : t.refuse(`takes ${wanted} elements of axis ${axis}, which has ${extent}`);
    }, X);
  },
  Crop: crop,
  /** Before and after each axis by turns. */
  Pad: (t) => {
    const width = t.attributes.integers('pad_width');
    return t.emit('pad', [t.input(0, 'data')], {
      pads: [...width.filter((_, i) => i % 2 === 0), ...width.filter((_, i) => i % 2 === 1)],
      mode: t.attributes.text('mode', 'constant'),
      value: t.attributes.number('constant_value', 0),
    });
  },
};
