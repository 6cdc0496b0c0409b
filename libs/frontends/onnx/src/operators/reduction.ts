/** Reductions over whole axes; windows are in pooling.ts. The axes must be known at import. */
import { axisOf, filled, scalarLike } from '@loopsmith/frontend-shared';
import { identityOf, type GraphTensor, type ReductionOperator } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';

interface Reduced { readonly axes: readonly number[] | undefined; readonly keepDims: boolean }
/** Axes are an attribute at first and an input later (ReduceSum from opset 13, the others from 18); read wherever they are. undefined: reduces nothing. */
const reducedBy = (t: OnnxTranslation, X: GraphTensor): Reduced => {
  const tensor = t.optional(1), keepDims = t.attributes.flag('keepdims', true), emptyIsNone = t.attributes.flag('noop_with_empty_axes', false);
  const axes = tensor ? t.known(tensor, 'axes') : t.attributes.integers('axes', []);
  return { axes: axes.length > 0 ? axes : emptyIsNone ? undefined : X.shape.map((_, axis) => axis), keepDims };
};
/** Each by the operator it reduces with: over no elements at all, that one's identity is the answer. */
const operators = { reduceSum: 'sum', reduceMax: 'max', reduceMin: 'min', reduceProd: 'product' } as const satisfies Readonly<Record<string, ReductionOperator>>;
const reduced = (t: OnnxTranslation, operator: keyof typeof operators | 'reduceMean', X: GraphTensor, axes: readonly number[], keepDims: boolean): GraphTensor => {
  if (!X.shape.includes(0)) return t.emit(operator, [X], { axes, keepDims });
  const gone = new Set(axes.map((axis) => axisOf(t, axis, X.shape.length)));
  const shape = X.shape.flatMap((extent, axis) => (!gone.has(axis) ? [extent] : keepDims ? [1] : []));
  const value = operator === 'reduceMean' ? NaN : identityOf(operators[operator], X.dtype);
  return filled(t, X.dtype, shape, value);
};
/** `before` and `after` are the element-wise parts of the reductions that have them. */
const reduction = (operator: keyof typeof operators | 'reduceMean', before?: (t: OnnxTranslation, X: GraphTensor) => GraphTensor, after?: string): OnnxTranslator => (t) => {
  const X = t.input(0, 'data'), { axes, keepDims } = reducedBy(t, X);
  const operand = before ? before(t, X) : X;
  const made = axes ? reduced(t, operator, operand, axes, keepDims) : operand;
  return after ? t.emit(after, [made]) : made;
};
const square = (t: OnnxTranslation, X: GraphTensor): GraphTensor => t.emit('multiply', [X, X]);
const part = (operator: string) => (t: OnnxTranslation, X: GraphTensor): GraphTensor => t.emit(operator, [X]);

export const reductions: OnnxTranslators = {
  ReduceSum: reduction('reduceSum'), ReduceMean: reduction('reduceMean'), ReduceMax: reduction('reduceMax'), ReduceMin: reduction('reduceMin'), ReduceProd: reduction('reduceProd'),
  ReduceL1: reduction('reduceSum', part('absolute')), ReduceL2: reduction('reduceSum', square, 'sqrt'), ReduceSumSquare: reduction('reduceSum', square),
  ReduceLogSum: reduction('reduceSum', undefined, 'log'),
  /** log of the sum of exp(X - max), plus max: exp alone would overflow. From a largest element that is infinite 0 is taken off. */
  ReduceLogSumExp: (t) => {
    const X = t.input(0, 'data'), { axes, keepDims } = reducedBy(t, X);
    if (!axes) return X;
    if (X.shape.includes(0)) return t.emit('log', [reduced(t, 'reduceSum', X, axes, keepDims)]);
    const shift = (kept: boolean): GraphTensor => {
      const largest = t.emit('reduceMax', [X], { axes, keepDims: kept });
      return t.emit('where', [t.emit('less', [t.emit('absolute', [largest]), scalarLike(t, X, Infinity)]), largest, scalarLike(t, X, 0)]);
    };
    const shifted = t.emit('exp', [t.emit('subtract', [X, shift(true)])]);
    return t.emit('add', [t.emit('log', [t.emit('reduceSum', [shifted], { axes, keepDims })]), shift(keepDims)]);
  },
};
