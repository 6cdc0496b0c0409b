/** Products of matrices: dense layers (Gemm) and batched matrix products. The reduction is one axis, c; rows are n, columns k. */
import { build, type Index } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { broadcastIndex, broadcastShape } from './broadcast.js';
import { accumulatorOf, castTo, definitionOf, operator, sumOfProducts } from './operator.js';

/**
 * Dense layer: Y[n, k] = alpha * sum over c of X[n, c] * W[c, k] + beta * bias.
 *
 * Inputs: X[n, c] (or [c, n] with transposeA), W[c, k] (or [k, c] with transposeB), bias, optional, broadcast to [n, k].
 * Attributes: transposeA, transposeB (false), alpha, beta (1). Source: ONNX operator Gemm.
 * Refused: operands that are not matrices, inner extents that differ, a bias that does not broadcast to [n, k].
 */
export const dense = operator((reading) => {
  const X = reading.input(0, 'X'), W = reading.input(1, 'W'), bias = reading.optional(2, 'bias');
  const transposeA = reading.flag('transposeA', false), transposeB = reading.flag('transposeB', false);
  const alpha = reading.number('alpha', 1), beta = reading.number('beta', 1);
  if (X.shape.length !== 2 || W.shape.length !== 2)
    return reading.refuse(`multiplies [${X.shape.join(',')}] by [${W.shape.join(',')}]; expected two matrices (reshape or use matmul)`);
  const [n, c] = transposeA ? [X.shape[1]!, X.shape[0]!] : [X.shape[0]!, X.shape[1]!];
  const [inner, k] = transposeB ? [W.shape[1]!, W.shape[0]!] : [W.shape[0]!, W.shape[1]!];
  if (inner !== c) return reading.refuse(`multiplies ${n}x${c} by ${inner}x${k}: the inner extents ${c} and ${inner} differ`);
  if (bias && (bias.shape.length > 2 || broadcastShape(reading, [bias.shape, [n, k]]).join() !== `${n},${k}`))
    return reading.refuse(`has a bias of shape [${bias.shape.join(',')}]; expected one that broadcasts to [${n},${k}]`);

  const sumType = accumulatorOf(X.dtype);
  const [at, axes] = axesOver([n, k], ['n', 'k']);
  const [[inC], reduced] = axesOver([c], ['c']) as readonly [readonly [Index], ReturnType<typeof axesOver>[1]];
  const row = at[0]!, column = at[1]!;
  const A = sumOfProducts(
    sumType, axes, reduced, transposeA ? build.load(X, inC, row) : build.load(X, row, inC), transposeB ? build.load(W, column, inC) : build.load(W, inC, column),
  );
  const times = (value: ReturnType<typeof build.load>, factor: number) => (factor === 1 ? value : build.binary('multiply', value, build.literal(factor, sumType)));
  const product = times(build.load(A, ...at), alpha);
  const result = bias && beta !== 0 ? build.binary('add', product, times(castTo(sumType, build.load(bias, ...broadcastIndex(bias, at))), beta)) : product;
  return {
    definition: definitionOf('dense', [X, W, beta === 0 ? undefined : bias], [A, build.stage('Y', X.dtype, axes, castTo(X.dtype, result))]),
    label: `dense ${c}→${k}${n === 1 ? '' : ` n${n}`}`,
  };
});

/**
 * Matrix product with numpy's rules: X[.., n, c] by W[.., c, k] to Y[.., n, k]; the axes before the last two are broadcast;
 * a vector on the left is a row, on the right a column, and its axis is absent from the output. Source: ONNX operator MatMul.
 * Refused: scalars, inner extents that differ, batch axes that do not broadcast.
 */
export const matmul = operator((reading) => {
  const X = reading.input(0, 'X'), W = reading.input(1, 'W');
  if (X.shape.length === 0 || W.shape.length === 0) return reading.refuse('multiplies a scalar; expected vectors, matrices or batches of matrices (use multiply)');
  const isRow = X.shape.length === 1, isColumn = W.shape.length === 1;
  const left = isRow ? [1, ...X.shape] : X.shape, right = isColumn ? [...W.shape, 1] : W.shape;
  const n = left.at(-2)!, c = left.at(-1)!, k = right.at(-1)!;
  if (right.at(-2) !== c) return reading.refuse(`multiplies [${X.shape.join(',')}] by [${W.shape.join(',')}]: the inner extents ${c} and ${right.at(-2)} differ`);
  const batch = broadcastShape(reading, [left.slice(0, -2), right.slice(0, -2)]);
  const outer = batch.map((extent, i) => ({ name: `b${i}`, extent }));
  const kept = [...outer, ...(isRow ? [] : [{ name: 'n', extent: n }]), ...(isColumn ? [] : [{ name: 'k', extent: k }])];
  const [at, axes] = axesOver(kept.map(({ extent }) => extent), kept.map(({ name }) => name));
  const [inner, reduced] = axesOver([c], ['c']);
  const indexOf = (name: string): readonly Index[] => at.filter((_, i) => kept[i]!.name === name);
  const batchOf = (shape: readonly number[]): readonly Index[] => broadcastIndex(build.input('batch', 'f32', shape.slice(0, -2)), at.slice(0, batch.length));
  const sumType = accumulatorOf(X.dtype);
  const A = sumOfProducts(sumType, axes, reduced, build.load(X, ...batchOf(left), ...indexOf('n'), ...inner), build.load(W, ...batchOf(right), ...inner, ...indexOf('k')));
  return {
    definition: definitionOf('matmul', [X, W], [A, build.stage('Y', X.dtype, axes, castTo(X.dtype, build.load(A, ...at)))]),
    label: `matmul ${n}x${c}x${k}${batch.length === 0 ? '' : ` batch ${batch.join('x')}`}`,
  };
});
