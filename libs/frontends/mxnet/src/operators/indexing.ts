/** Elements at places that other elements name. Places come as floats in MXNet and are cut to integers. */
import { axisOf, hotPlaces, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { dtypeNamed } from './constant.js';
import type { MxnetTranslation, MxnetTranslators } from '../translation.js';

const asPlaces = (t: MxnetTranslation, X: GraphTensor): GraphTensor => (X.dtype === 'i32' || X.dtype === 'i64' ? X : t.emit('cast', [X], { to: 'i64' }));
/** Places held inside an axis: below 0 is the first, unlike in numpy. */
const held = (t: MxnetTranslation, places: GraphTensor, extent: number): GraphTensor => t.emit('clip', [places], { min: 0, max: extent - 1 });
const within = (t: MxnetTranslation, given: GraphTensor, extent: number, mode: string): GraphTensor => {
  const places = asPlaces(t, given);
  switch (mode) {
    case 'clip': return held(t, places, extent);
    case 'wrap': return t.emit('modulo', [places, scalarLike(t, places, extent)]);
    default: return t.refuse(`has mode ${mode}; Loopsmith imports clip and wrap`);
  }
};

export const indexings: MxnetTranslators = {
  Embedding: (t) => {
    const W = t.input(1, 'weight');
    return t.emit('gather', [W, held(t, asPlaces(t, t.input(0, 'data')), W.shape[0]!)], { axis: 0 });
  },
  take: (t) => {
    const X = t.input(0, 'a'), axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length);
    return t.emit('gather', [X, within(t, t.input(1, 'indices'), X.shape[axis]!, t.attributes.text('mode', 'clip'))], { axis });
  },
  /** One element of each line along an axis. */
  pick: (t) => {
    const X = t.input(0, 'data'), axis = axisOf(t, t.attributes.integer('axis', -1), X.shape.length), kept = X.shape.map((extent, i) => (i === axis ? 1 : extent));
    const places = t.emit('reshape', [within(t, t.input(1, 'index'), X.shape[axis]!, t.attributes.text('mode', 'clip'))], { shape: kept });
    const Y = t.emit('gatherElements', [X, places], { axis });
    return t.attributes.flag('keepdims', false) ? Y : t.emit('reshape', [Y], { shape: kept.filter((_, i) => i !== axis) });
  },
  one_hot: (t) => {
    const indices = t.input(0, 'indices'),
      hot = hotPlaces(t, indices, t.attributes.integer('depth'), indices.shape.length),
      dtype = dtypeNamed(t, t.attributes.text('dtype', 'float32'));
    const on = t.attributes.number('on_value', 1), off = t.attributes.number('off_value', 0), like = t.emit('cast', [hot], { to: dtype });
    return on === 1 && off === 0 ? like : t.emit('where', [hot, scalarLike(t, like, on), scalarLike(t, like, off)]);
  },
};
