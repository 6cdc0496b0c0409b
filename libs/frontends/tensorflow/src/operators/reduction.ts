/** Reductions over whole axes, which must be known at import; windows are in pooling.ts. */
import type { TfTranslator, TfTranslators } from '../translation.js';

/** No axes reduce nothing; all axes are written out. */
const reduction = (operator: string): TfTranslator => (t) => {
  const X = t.input(0, 'input'), axes = t.known(t.input(1, 'reduction_indices'), 'axes');
  return axes.length === 0 ? X : t.emit(operator, [X], { axes, keepDims: t.attributes.flag('keep_dims', false) });
};

export const reductions: TfTranslators = {
  Mean: reduction('reduceMean'), Sum: reduction('reduceSum'), Max: reduction('reduceMax'), Min: reduction('reduceMin'), Prod: reduction('reduceProd'),
  // of truths: 1 where any, and where all are
  Any: reduction('reduceMax'), All: reduction('reduceMin'),
};
