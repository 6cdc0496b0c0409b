/** Operators that take or add elements: slices, splits, gathers, padding. Bounds must be known at import; indices of a gather may come at run time. */
import { axisAt, axisOf, chosenBy, elementsOf, reshaped, taken } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';

/**
 * Numpy's slicing, written as masks over the entries of begin, end and strides: bit i of a mask is about entry i. An ellipsis
 * stands for as many axes as are left, a new axis takes none, a shrunk one is a single place. Source: TensorFlow operator StridedSlice.
 */
const stridedSlice: TfTranslator = (t) => {
  const X = t.input(0, 'input'), begin = t.known(t.input(1, 'begin'), 'begin'), end = t.known(t.input(2, 'end'), 'end'), strides = t.known(t.input(3, 'strides'), 'strides');
  const mask = (name: string): ((entry: number) => boolean) => { const bits = t.attributes.integer(name, 0); return (entry) => ((bits >> entry) & 1) === 1; };
  const [begins, ends, ellipsis, fresh, shrinks] = ['begin_mask', 'end_mask', 'ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].map(mask) as [
    ReturnType<typeof mask>,
    ReturnType<typeof mask>,
    ReturnType<typeof mask>,
    ReturnType<typeof mask>,
    ReturnType<typeof mask>,
  ];
  if (end.length !== begin.length || strides.length !== begin.length)
    return t.refuse(`has ${begin.length} begins, ${end.length} ends and ${strides.length} strides; as many of each were expected`);
  const named = begin.filter((_, i) => !ellipsis(i) && !fresh(i)).length;
  if (named > X.shape.length) return t.refuse(`slices ${named} axes of a tensor of shape [${X.shape.join(',')}]`);
  const slice = { starts: [] as number[], ends: [] as number[], axes: [] as number[], steps: [] as number[] }, shape: ('new' | 'kept' | 'gone')[] = [];
  let axis = 0;
  begin.forEach((start, i) => {
    if (ellipsis(i)) { for (let left = X.shape.length - named; left > 0; left--, axis++) shape.push('kept'); return; }
    if (fresh(i)) { shape.push('new'); return; }
    const extent = X.shape[axis]!, step = strides[i]!, place = start < 0 ? start + extent : start;
    if (shrinks(i) && (place < 0 || place >= extent)) t.refuse(`takes element ${start} of axis ${axis}, which has ${extent}`);
    slice.axes.push(axis++);
    slice.steps.push(shrinks(i) ? 1 : step);
    // far ends mean all there is, in either direction
    slice.starts.push(shrinks(i) ? place : begins(i) ? (step > 0 ? 0 : extent - 1) : start);
    slice.ends.push(shrinks(i) ? place + 1 : ends(i) ? (step > 0 ? extent : -extent - 1) : end[i]!);
    shape.push(shrinks(i) ? 'gone' : 'kept');
  });
  const whole = slice.axes.every((one, i) => slice.starts[i] === 0 && slice.ends[i]! >= X.shape[one]! && slice.steps[i] === 1);
  const part = whole ? X : t.emit('slice', [X], slice);
  const rest = [...part.shape], kept = shape.flatMap((kind) => { if (kind === 'new') return [1]; const extent = rest.shift()!; return kind === 'kept' ? [extent] : []; });
  const wanted = [...kept, ...rest];
  return wanted.join() === part.shape.join() ? part : reshaped(t, part, wanted);
};

/** Parts of one each beyond this are no network's. */
const mostParts = 2 ** 16;
/** Parts one after another along an axis; `lengths` add up to its extent. */
const split = (t: TfTranslation, X: GraphTensor, axis: number, lengths: readonly number[]): readonly GraphTensor[] => {
  let start = 0;
  return lengths.map((length) => taken(t, X, axis, start, start += length));
};

const paddings = (t: TfTranslation, X: GraphTensor): readonly number[] => {
  const pairs = t.known(t.input(1, 'paddings'), 'paddings');
  return pairs.length === 2 * X.shape.length
    ? [0, 1].flatMap((side) => X.shape.map((_, axis) => pairs[2 * axis + side]!))
    : t.refuse(`has ${pairs.length} paddings for a tensor of ${X.shape.length} axes; two per axis were expected`);
};

export const selections: TfTranslators = {
  StridedSlice: stridedSlice,
  /** Sizes, not ends; -1 is the rest. */
  Slice: (t) => {
    const X = t.input(0, 'input'),
      starts = t.known(t.input(1, 'begin'), 'begin'),
      sizes = t.known(t.input(2, 'size'), 'size');
    if (starts.length !== X.shape.length || sizes.length !== X.shape.length)
      return t.refuse(`has ${starts.length} begins and ${sizes.length} sizes for a tensor of ${X.shape.length} axes`);
    const ends = starts.map((start, axis) => (sizes[axis] === -1 ? X.shape[axis]! : start + sizes[axis]!)),
      outside = starts.findIndex((start, axis) => start < 0 || ends[axis]! > X.shape[axis]! || ends[axis]! < start);
    if (outside >= 0)
      return t.refuse(`takes ${sizes[outside]} elements from ${starts[outside]} on of axis ${outside}, which has ${X.shape[outside]}`);
    return t.emit('slice', [X], { starts, ends, axes: starts.map((_, axis) => axis), steps: starts.map(() => 1) });
  },
  Split: (t) => {
    const X = t.input(1, 'value'),
      axis = axisAt(t, 0, X.shape.length),
      parts = t.attributes.integer('num_split'),
      length = X.shape[axis]! / parts;
    return Number.isInteger(length) && parts > 0 && parts <= X.shape[axis]!
      ? split(t, X, axis, new Array<number>(elementsOf(t, [parts], mostParts)).fill(length))
      : t.refuse(`splits axis ${axis} of extent ${X.shape[axis]} into ${parts} equal parts`);
  },
  SplitV: (t) => {
    const X = t.input(0, 'value'),
      axis = axisAt(t, 2, X.shape.length),
      given = t.known(t.input(1, 'size_splits'), 'size_splits'),
      extent = X.shape[axis]!;
    const known = given.filter((length) => length !== -1).reduce((sum, length) => sum + length, 0),
      lengths = given.map((length) => (length === -1 ? extent - known : length));
    if (lengths.some((length) => length < 0) || lengths.reduce((sum, length) => sum + length, 0) !== extent)
      return t.refuse(`splits axis ${axis} of extent ${extent} into [${given.join(',')}], which does not add up`);
    return split(t, X, axis, lengths);
  },
  Unpack: (t) => {
    const X = t.input(0, 'value'),
      axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length);
    return split(t, X, axis, new Array<number>(elementsOf(t, [X.shape[axis]!], mostParts)).fill(1)).map((part) =>
      reshaped(
        t,
        part,
        X.shape.filter((_, i) => i !== axis),
      ),
    );
  },
  Gather: (t) => chosenBy(t, t.input(0, 'params'), t.input(1, 'indices'), 0, false),
  ResourceGather: (t) => chosenBy(t, t.input(0, 'resource'), t.input(1, 'indices'), 0, false),
  GatherV2: (t) => {
    const X = t.input(0, 'params');
    return t.attributes.integer('batch_dims', 0) === 0
      ? chosenBy(t, X, t.input(1, 'indices'), axisAt(t, 2, X.shape.length), false)
      : t.refuse('has batch_dims, which Loopsmith does not gather over');
  },
  Pad: (t) => {
    const X = t.input(0, 'input');
    return t.emit('pad', [X], { pads: paddings(t, X), mode: 'constant', value: 0 });
  },
  PadV2: (t) => {
    const X = t.input(0, 'input');
    return t.emit('pad', [X], { pads: paddings(t, X), mode: 'constant', value: t.known(t.input(2, 'constant_values'), 'constant_values')[0] ?? 0 });
  },
  MirrorPad: (t) => {
    const X = t.input(0, 'input'),
      mode = t.attributes.text('mode', 'REFLECT');
    // a symmetric border of one element is the edge; wider ones repeat it, which no mode of Loopsmith's does
    const pads = paddings(t, X);
    if (mode === 'SYMMETRIC' && pads.some((pad) => pad > 1))
      return t.refuse('mirrors more than one element symmetrically; Loopsmith reflects, or mirrors one');
    return t.emit('pad', [X], { pads, mode: mode === 'SYMMETRIC' ? 'edge' : 'reflect' });
  },
  Reverse: (t) =>
    reversed(
      t,
      t.input(0, 'tensor'),
      t.known(t.input(1, 'dims'), 'dims').flatMap((flag, axis) => (flag === 0 ? [] : [axis])),
    ),
  ReverseV2: (t) => {
    const X = t.input(0, 'tensor');
    return reversed(
      t,
      X,
      t.known(t.input(1, 'axis'), 'axis').map((axis) => axisOf(t, axis, X.shape.length)),
    );
  },
};

const reversed = (t: TfTranslation, X: GraphTensor, axes: readonly number[]): GraphTensor =>
  axes.length === 0
    ? X
    : t.emit('slice', [X], {
        starts: axes.map((axis) => X.shape[axis]! - 1),
        ends: axes.map((axis) => -X.shape[axis]! - 1),
        axes,
        steps: axes.map(() => -1),
      });
