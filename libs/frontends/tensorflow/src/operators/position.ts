/** Operators about the places of elements: the first largest one, one-hot codes, running sums. Sorting is not here. */
import { alongAxis, axisOf, elementsOf, extremum, hotPlaces, largestMatrix, scalarLike } from '@loopsmith/frontend-shared';
import { isDType, type GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';

const axisAt = (t: TfTranslation, position: number, rank: number): number => axisOf(t, t.known(t.input(position, 'axis'), 'axis')[0] ?? t.refuse('has an empty axis'), rank);

const argument = (by: 'reduceMax' | 'reduceMin'): TfTranslator => (t) => {
  const X = t.input(0, 'input'), axis = axisAt(t, 1, X.shape.length), type = t.attributes.text('output_type', 'i64');
  const place = t.emit('reshape', [extremum(t, X, axis, by, false)], { shape: X.shape.filter((_, i) => i !== axis) });
  return isDType(type) && type !== place.dtype ? t.emit('cast', [place], { to: type }) : place;
};

export const positions: TfTranslators = {
  ArgMax: argument('reduceMax'), ArgMin: argument('reduceMin'),
  /** A negative index is hot nowhere: it is moved behind the last place. */
  OneHot: (t) => {
    const given = t.input(0, 'indices'), depth = t.known(t.input(1, 'depth'), 'depth')[0] ?? t.refuse('has an empty depth');
    const indices: GraphTensor = t.emit('where', [t.emit('less', [given, scalarLike(t, given, 0)]), scalarLike(t, given, depth), given]);
    return t.emit('where', [hotPlaces(t, indices, depth, axisOf(t, t.attributes.integer('axis', -1), given.shape.length + 1)), t.input(2, 'on_value'), t.input(3, 'off_value')]);
  },
  Cumsum: (t) => {
    const X = t.input(0, 'x'), axis = axisAt(t, 1, X.shape.length), extent = X.shape[axis]!;
    elementsOf(t, [extent, extent], largestMatrix);
    const reverse = t.attributes.flag('reverse', false), least = t.attributes.flag('exclusive', false) ? 1 : 0;
    return alongAxis(t, X, axis, Array.from({ length: extent }, (_, o) => Array.from({ length: extent }, (_, i) => Number((reverse ? i - o : o - i) >= least))));
  },
};
