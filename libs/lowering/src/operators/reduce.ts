/** Reductions over whole axes: sum, mean, max, min, product. */
import { axisNames, build, variable, type ReductionOperator } from '@loopsmith/ir';
import { axesOver, axisOf } from './axes.js';
import { labelOf } from './elementwise.js';
import { accumulatorOf, castTo, definitionOf, operator, shapeText, type Operator } from './operator.js';

/**
 * Y = the reduction of X over `axes` (all when absent or empty), which stay with extent 1 under keepDims (true). Of a scalar it is X.
 * Attributes: axes, counted from the end where negative; keepDims. Source: ONNX operators ReduceSum, ReduceMean, ReduceMax,
 * ReduceMin, ReduceProd. Refused: an axis that X does not have.
 */
const reduction = (name: string, by: ReductionOperator, mean = false): Operator => operator((reading) => {
  const X = reading.input(0, 'X'), rank = X.shape.length;
  const given = reading.integers('axes', []), keep = reading.flag('keepDims', true);
  const reduces = new Set((given.length === 0 ? X.shape.map((_, i) => i) : given).map((axis) => axisOf(reading, axis, rank)));
  const label = `${labelOf(name)} ${shapeText(X.shape)} axes ${[...reduces].join(',')}`, [at, all] = axesOver(X.shape);
  if (reduces.size === 0) return { definition: definitionOf(name, [X], [build.stage('Y', X.dtype, all, build.load(X, ...at))]), label };
  const type = by === 'sum' || by === 'product' ? accumulatorOf(X.dtype) : X.dtype;
  const kept = all.filter((_, axis) => !reduces.has(axis));
  const names = axisNames(rank);
  const [, axes] = keep
    ? axesOver(
        X.shape.map((extent, axis) => (reduces.has(axis) ? 1 : extent)),
        names.map((axisName, axis) => (reduces.has(axis) ? `${axisName}1` : axisName)),
      )
    : [[], kept];
  const A = build.stage('A', type, axes, castTo(type, build.load(X, ...at)), build.over(by, all.filter((_, axis) => reduces.has(axis)), type));
  const count = [...reduces].reduce((product, axis) => product * X.shape[axis]!, 1);
  const total = build.load(A, ...axes.map(variable));
  const Y = build.stage('Y', X.dtype, axes, castTo(X.dtype, mean ? build.binary('divide', total, build.literal(count, type)) : total));
  return { definition: definitionOf(name, [X], [A, Y]), label };
});

export const reduceOperators: Readonly<Record<string, Operator>> = {
  reduceSum: reduction('reduceSum', 'sum'),
  reduceMean: reduction('reduceMean', 'sum', true),
  reduceMax: reduction('reduceMax', 'max'),
  reduceMin: reduction('reduceMin', 'min'),
  reduceProd: reduction('reduceProd', 'product'),
};
