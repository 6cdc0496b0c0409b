/** Reductions over whole axes; windows are in pooling.ts. The axes must be known at import. */
import { axisOf, elementsOf } from '@loopsmith/frontend-shared';
import { fromNumbers, identityOf, type GraphTensor, type ReductionOperator } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';

/** Axes are an attribute at first and an input later (ReduceSum from opset 13, the others from 18); read wherever they are. undefined: reduces nothing. */
const reducedAxes = (t: OnnxTranslation, X: GraphTensor): readonly number[] | undefined => {
  const tensor = t.optional(1);
  const axes = tensor ? t.known(tensor, 'axes') : t.attributes.integers('axes', []);
  if (axes.length > 0) return axes;
  return t.attributes.flag('noop_with_empty_axes', false) ? undefined : X.shape.map((_, axis) => axis);
};
/** Each by the operator it reduces with: over no elements at all, that one's identity is the answer. */
const operators = { reduceSum: 'sum', reduceMax: 'max', reduceMin: 'min', reduceProd: 'product' } as const satisfies Readonly<Record<string, ReductionOperator>>;
const reduced = (t: OnnxTranslation, operator: keyof typeof operators | 'reduceMean', X: GraphTensor, axes: readonly number[], keepDims: boolean): GraphTensor => {
  if (!X.shape.includes(0)) return t.emit(operator, [X], { axes, keepDims });
  const gone = new Set(axes.map((axis) => axisOf(t, axis, X.shape.length)));
  const shape = X.shape.flatMap((extent, axis) => (!gone.has(axis) ? [extent] : keepDims ? [1] : []));
  const value = operator === 'reduceMean' ? NaN : identityOf(operators[operator], X.dtype);
  return t.constant(fromNumbers(X.dtype, shape, new Array<number>(elementsOf(t, shape)).fill(value)));
};
/** `before` and `after` are the element-wise parts of the reductions that have them. */
const reduction = (operator: keyof typeof operators | 'reduceMean', before?: (t: OnnxTranslation, X: GraphTensor) => GraphTensor, after?: string): OnnxTranslator => (t) => {
  const X = t.input(0, 'data'), axes = reducedAxes(t, X);
  const operand = before ? before(t, X) : X;
  const made = axes ? reduced(t, operator, operand, axes, t.attributes.flag('keepdims', true)) : operand;
  return after ? t.emit(after, [made]) : made;
};
const square = (t: OnnxTranslation, X: GraphTensor): GraphTensor => t.emit('multiply', [X, X]);
const part = (operator: string) => (t: OnnxTranslation, X: GraphTensor): GraphTensor => t.emit(operator, [X]);

export const reductions: OnnxTranslators = {
  ReduceSum: reduction('reduceSum'), ReduceMean: reduction('reduceMean'), ReduceMax: reduction('reduceMax'), ReduceMin: reduction('reduceMin'), ReduceProd: reduction('reduceProd'),
  ReduceL1: reduction('reduceSum', part('absolute')), ReduceL2: reduction('reduceSum', square, 'sqrt'), ReduceSumSquare: reduction('reduceSum', square),
  ReduceLogSum: reduction('reduceSum', undefined, 'log'),
  /** log of the sum of exp(X - max), plus max: exp alone would overflow. */
  ReduceLogSumExp: (t) => {
    const X = t.input(0, 'data'), axes = reducedAxes(t, X);
    if (!axes) return X;
    const keepDims = t.attributes.flag('keepdims', true);
    if (X.shape.includes(0)) return t.emit('log', [reduced(t, 'reduceSum', X, axes, keepDims)]);
    const shifted = t.emit('exp', [t.emit('subtract', [X, t.emit('reduceMax', [X], { axes, keepDims: true })])]);
    return t.emit('add', [t.emit('log', [t.emit('reduceSum', [shifted], { axes, keepDims })]), t.emit('reduceMax', [X], { axes, keepDims })]);
  },
};
