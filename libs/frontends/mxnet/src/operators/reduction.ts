/** Reductions over whole axes; windows are in pooling.ts. `exclude` reduces the axes that are not named. */
import { product } from '@loopsmith/util';
import { axisOf, extremum } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { asAsked } from './constant.js';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

const axesOf = (t: MxnetTranslation, X: GraphTensor): readonly number[] => {
  const named = t.attributes.integers('axis', []).map((axis) => axisOf(t, axis, X.shape.length));
  if (t.attributes.flag('exclude', false)) return X.shape.flatMap((_, axis) => (named.includes(axis) ? [] : [axis]));
  return named.length === 0 ? X.shape.map((_, axis) => axis) : named;
};
/** Over all axes MXNet leaves one of extent 1. */
const reduced = (t: MxnetTranslation, operator: string, X: GraphTensor): GraphTensor => {
  const axes = axesOf(t, X), keepDims = t.attributes.flag('keepdims', false);
  if (axes.length === 0) return X;
  const Y = t.emit(operator, [X], { axes, keepDims });
  return Y.shape.length === 0 ? t.emit('reshape', [Y], { shape: [1] }) : Y;
};
const reduction = (operator: string): MxnetTranslator => (t) => reduced(t, operator, t.input(0, 'data'));
const place = (by: 'reduceMax' | 'reduceMin'): MxnetTranslator => (t) => {
  const given = t.input(0, 'data'), all = !t.attributes.has('axis');
  const X = all ? t.emit('reshape', [given], { shape: [product(given.shape)] }) : given;
  const axis = all ? 0 : axisOf(t, t.attributes.integer('axis'), X.shape.length);
  // one number keeps an axis
  const keepDims = t.attributes.flag('keepdims', false), found = t.emit('cast', [extremum(t, X, axis, by, { keepDims: keepDims || X.shape.length === 1 })], { to: 'f32' });
  return all && keepDims ? t.emit('reshape', [found], { shape: given.shape.map(() => 1) }) : found;
};

const sum = reduction('reduceSum'), max = reduction('reduceMax'), min = reduction('reduceMin');

export const reductions: MxnetTranslators = {
  sum, sum_axis: sum, max, max_axis: max, min, min_axis: min, mean: reduction('reduceMean'), prod: reduction('reduceProd'),
  norm: (t) => {
    const X = t.input(0, 'data'), order = t.attributes.integer('ord', 2);
    if (order !== 1 && order !== 2) return t.refuse(`has ord ${order}; MXNet knows 1 and 2`);
    return asAsked(t, 'out_dtype', order === 1 ? reduced(t, 'reduceSum', t.emit('absolute', [X])) : t.emit('sqrt', [reduced(t, 'reduceSum', t.emit('multiply', [X, X]))]));
  },
  argmax: place('reduceMax'), argmin: place('reduceMin'),
  argmax_channel: (t) => t.emit('cast', [extremum(t, t.input(0, 'data'), 1, 'reduceMax')], { to: 'f32' }),
};
