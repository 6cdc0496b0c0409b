/** Reductions over whole axes; windows are in pooling.ts. The axes must be known at import. */
import type { GraphTensor } from '@loopsmith/ir';
import type { Translation, Translator, Translators } from '../translation.js';

/** Axes are an attribute at first and an input later (ReduceSum from opset 13, the others from 18); read wherever they are. undefined: reduces nothing. */
const reducedAxes = (t: Translation, X: GraphTensor): readonly number[] | undefined => {
  const tensor = t.optional(1);
  const axes = tensor ? t.known(tensor, 'axes') : t.attributes.integers('axes', []);
  if (axes.length > 0) return axes;
  return t.attributes.flag('noop_with_empty_axes', false) ? undefined : X.shape.map((_, axis) => axis);
};
/** `before` and `after` are the element-wise parts of the reductions that have them. */
const reduction = (operator: string, before?: (t: Translation, X: GraphTensor) => GraphTensor, after?: string): Translator => (t) => {
  const X = t.input(0, 'data'), axes = reducedAxes(t, X);
  const operand = before ? before(t, X) : X;
  const reduced = axes ? t.emit(operator, [operand], { axes, keepDims: t.attributes.flag('keepdims', true) }) : operand;
  return after ? t.emit(after, [reduced]) : reduced;
};
const square = (t: Translation, X: GraphTensor): GraphTensor => t.emit('multiply', [X, X]);
const part = (operator: string) => (t: Translation, X: GraphTensor): GraphTensor => t.emit(operator, [X]);

export const reductions: Translators = {
  ReduceSum: reduction('reduceSum'), ReduceMean: reduction('reduceMean'), ReduceMax: reduction('reduceMax'), ReduceMin: reduction('reduceMin'), ReduceProd: reduction('reduceProd'),
  ReduceL1: reduction('reduceSum', part('absolute')), ReduceL2: reduction('reduceSum', square, 'sqrt'), ReduceSumSquare: reduction('reduceSum', square),
  ReduceLogSum: reduction('reduceSum', undefined, 'log'),
  /** log of the sum of exp(X - max), plus max: exp alone would overflow. */
  ReduceLogSumExp: (t) => {
    const X = t.input(0, 'data'), axes = reducedAxes(t, X);
    if (!axes) return X;
    const keepDims = t.attributes.flag('keepdims', true);
    const shifted = t.emit('exp', [t.emit('subtract', [X, t.emit('reduceMax', [X], { axes, keepDims: true })])]);
    return t.emit('add', [t.emit('log', [t.emit('reduceSum', [shifted], { axes, keepDims })]), t.emit('reduceMax', [X], { axes, keepDims })]);
  },
};
