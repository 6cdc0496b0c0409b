/** Reductions over whole axes, which must be known at import; windows are in pooling.ts. */
import type { TfTranslator, TfTranslators } from '../translation.js';

/** No axes reduce nothing; all axes are written out. */
const reduction = (operator: string): TfTranslator => (t) => {
  const X = t.input(0, 'input'),
    axes = t.known(t.input(1, 'reduction_indices'), 'axes').map((axis) => (axis < 0 ? axis + X.shape.length : axis)),
    keepDims = t.attributes.flag('keep_dims', false);
  return axes.length === 0 ? X : t.emit(operator, [X], { axes, keepDims });
};
/** Over truths: 1 where any (all) are. */
const truth = (operator: 'reduceMax' | 'reduceMin'): TfTranslator => (t) => {
  const X = t.input(0, 'input'), axes = t.known(t.input(1, 'reduction_indices'), 'axes'), keepDims = t.attributes.flag('keep_dims', false);
  return axes.length === 0 ? X : t.emit('cast', [t.emit(operator, [t.emit('cast', [X], { to: 'u8' })], { axes, keepDims })], { to: 'bool' });
};

export const reductions: TfTranslators = {
  Mean: reduction('reduceMean'), Sum: reduction('reduceSum'), Max: reduction('reduceMax'), Min: reduction('reduceMin'), Prod: reduction('reduceProd'),
  Any: truth('reduceMax'), All: truth('reduceMin'),
};
