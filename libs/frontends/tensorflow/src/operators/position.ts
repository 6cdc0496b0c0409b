/** Operators about the places of elements: the first largest one, one-hot codes, running sums. Sorting is not here. */
import { axisAt, axisOf, extremum, hotPlaces, running } from '@loopsmith/frontend-shared';
import { isDType } from '@loopsmith/ir';
import type { TfTranslator, TfTranslators } from '../translation.js';

const argument = (by: 'reduceMax' | 'reduceMin'): TfTranslator => (t) => {
  const X = t.input(0, 'input'), axis = axisAt(t, 1, X.shape.length), type = t.attributes.text('output_type', 'i64');
  const place = extremum(t, X, axis, by);
  return isDType(type) && type !== place.dtype ? t.emit('cast', [place], { to: type }) : place;
};

export const positions: TfTranslators = {
  ArgMax: argument('reduceMax'), ArgMin: argument('reduceMin'),
  OneHot: (t) => {
    const indices = t.input(0, 'indices'), depth = t.known(t.input(1, 'depth'), 'depth')[0] ?? t.refuse('has an empty depth');
    return t.emit('where', [hotPlaces(t, indices, depth, axisOf(t, t.attributes.integer('axis', -1), indices.shape.length + 1)), t.input(2, 'on_value'), t.input(3, 'off_value')]);
  },
  Cumsum: (t) => {
    const X = t.input(0, 'x');
    return running(t, X, axisAt(t, 1, X.shape.length), 'add', { reverse: t.attributes.flag('reverse', false), exclusive: t.attributes.flag('exclusive', false) });
  },
};
