/** Operators about order and about which elements there are. Their results have shapes that import knows; sorting is counting who is ahead (see `topPlaces`). */
import { product } from '@loopsmith/util';
import { axisOf, elementsOf, gathered, places, reshaped, scalarLike, topPlaces, zeros } from '@loopsmith/frontend-shared';
import { fromNumbers } from '@loopsmith/ir';
import type { OnnxTranslators } from '../translation.js';

export const sortings: OnnxTranslators = {
  /** The k largest (smallest) elements along an axis, the best first; k is an attribute before opset 10. */
  TopK: (t) => {
    const X = t.input(0, 'X'), axis = axisOf(t, t.attributes.integer('axis', -1), X.shape.length), extent = X.shape[axis]!;
    const k = t.opset < 10 ? t.attributes.integer('k') : t.known(t.input(1, 'K'), 'K')[0] ?? t.refuse('has an empty K');
    if (k < 0 || k > extent) return t.refuse(`takes ${k} of ${extent} elements; from 0 to ${extent} were expected`);
    if (k === 0) return [gathered(t, X, axis, []), zeros(t, 'i64', X.shape.with(axis, 0))];
    const at = topPlaces(t, X, axis, k, t.attributes.flag('largest', true));
    return [t.emit('gatherElements', [X, at], { axis }), at];
  },
  /** Places along an axis, or in the flattened tensor, where the condition holds; how many is known only with the condition. */
  Compress: (t) => {
    const X = t.input(0, 'input'), condition = t.known(t.input(1, 'condition'), 'condition'), flat = !t.attributes.has('axis');
    const Y = flat ? reshaped(t, X, [elementsOf(t, X.shape)]) : X, axis = flat ? 0 : axisOf(t, t.attributes.integer('axis'), X.shape.length);
    const taken = condition.flatMap((holds, i) => (holds !== 0 && i < Y.shape[axis]! ? [i] : []));
    return gathered(t, Y, axis, taken);
  },
  /** The first sequence_lens[b] elements from the last to the first, the others as they are. */
  ReverseSequence: (t) => {
    const X = t.input(0, 'input'), lengths = t.input(1, 'sequence_lens'), rank = X.shape.length;
    const time = axisOf(t, t.attributes.integer('time_axis', 0), rank), batch = axisOf(t, t.attributes.integer('batch_axis', 1), rank);
    const length = t.emit('reshape', [lengths], { shape: X.shape.map((extent, i) => (i === batch ? extent : 1)) }), step = places(t, 'i64', X.shape[time]!, time, rank);
    const mirrored = t.emit('subtract', [t.emit('subtract', [length, scalarLike(t, length, 1)]), step]);
    const from = t.emit('where', [t.emit('less', [step, length]), mirrored, step]);
    const everywhere = t.emit('add', [from, zeros(t, 'i64', X.shape)]);
    return t.emit('gatherElements', [X, everywhere], { axis: time });
  },
  /** Places of elements that are not 0, [rank, count]; only of a tensor that is known at import. */
  NonZero: (t) => {
    const X = t.input(0, 'X'), found = t.known(X, 'elements').flatMap((value, i) => (value !== 0 ? [i] : []));
    const stride = X.shape.map((_, axis) => product(X.shape.slice(axis + 1)));
    return t.constant(fromNumbers('i64', [X.shape.length, found.length], X.shape.flatMap((extent, axis) => found.map((i) => Math.floor(i / stride[axis]!) % extent))));
  },
};
