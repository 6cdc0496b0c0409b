/** Operators about the places of elements: the first largest one, one-hot codes, triangles, running sums and products. Places enter as constants; sorting is in sorting.ts. */
import { product } from '@loopsmith/util';
import { axisAt, axisOf, extremum, fromStart, hotPlaces, pairs, places, running, scalarLike } from '@loopsmith/frontend-shared';
import { isDType, type GraphTensor } from '@loopsmith/ir';
import { elementTypeName } from '@loopsmith/onnx-file';
import type { OnnxTranslator, OnnxTranslators } from '../translation.js';

const argument = (by: 'reduceMax' | 'reduceMin'): OnnxTranslator => (t) => {
  const X = t.input(0, 'data'), axis = axisOf(t, t.attributes.integer('axis', 0), X.shape.length);
  return extremum(t, X, axis, by, { last: t.attributes.flag('select_last_index', false), keepDims: t.attributes.flag('keepdims', true) });
};
/** Along the axis that the second input names. */
const cumulative = (operator: 'add' | 'multiply'): OnnxTranslator => (t) => {
  const X = t.input(0, 'x'), axis = axisAt(t, 1, X.shape.length);
  return running(t, X, axis, operator, { reverse: t.attributes.flag('reverse', false), exclusive: t.attributes.flag('exclusive', false) });
};

export const positions: OnnxTranslators = {
  ArgMax: argument('reduceMax'),
  ArgMin: argument('reduceMin'),
  /** 1 at the first largest element, else 0; before opset 13 the axes from `axis` (1) on are one. */
  Hardmax: (t) => {
    const X = t.input(0, 'input'), rank = X.shape.length, axis = axisOf(t, t.attributes.integer('axis', t.opset < 13 ? 1 : -1), rank);
    const flat = t.opset < 13 ? t.emit('reshape', [X], { shape: [product(X.shape.slice(0, axis)), product(X.shape.slice(axis))] }) : X;
    const along = t.opset < 13 ? 1 : axis;
    const hot = t.emit('equal', [places(t, 'i64', flat.shape[along]!, along, flat.shape.length), extremum(t, flat, along, 'reduceMax', { keepDims: true })]);
    return t.emit('reshape', [t.emit('cast', [hot], { to: X.dtype })], { shape: X.shape });
  },
  /** values[1] where the new axis' place is the index, counted from the end where negative, else values[0]. */
  OneHot: (t) => {
    const indices = t.input(0, 'indices'), depth = t.known(t.input(1, 'depth'), 'depth')[0] ?? t.refuse('has an empty depth'), values = t.input(2, 'values');
    const value = (i: number): GraphTensor => t.emit('reshape', [t.emit('slice', [values], { starts: [i], ends: [i + 1], axes: [0], steps: [1] })], { shape: [] });
    return t.emit('where', [hotPlaces(t, fromStart(t, indices, depth), depth, axisOf(t, t.attributes.integer('axis', -1), indices.shape.length + 1)), value(1), value(0)]);
  },
  Trilu: (t) => {
    const X = t.input(0, 'input'), k = t.optional(1), offset = k ? t.known(k, 'k')[0] ?? 0 : 0, upper = t.attributes.flag('upper', true);
    const [rows, columns] = X.shape.slice(-2) as [number, number];
    const kept = pairs(t, 'bool', rows, columns, (row, column) => (upper ? column - row >= offset : column - row <= offset));
    return t.emit('where', [kept, X, scalarLike(t, X, 0)]);
  },
  CumSum: cumulative('add'), CumProd: cumulative('multiply'),
  EyeLike: (t) => {
    const X = t.input(0, 'input'), [rows, columns] = X.shape as [number, number], k = t.attributes.integer('k', 0);
    const dtype = t.attributes.has('dtype') ? elementTypeName(t.attributes.integer('dtype')) : X.dtype;
    if (!isDType(dtype)) return t.refuse(`makes elements of type ${dtype}, which Loopsmith does not compute with`);
    return pairs(t, dtype, rows, columns, (row, column) => column - row === k);
  },
};
