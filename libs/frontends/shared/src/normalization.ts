/** Normalisations over the values themselves, spelled out in means and products; a graph pass may fuse them. */
import { product } from '@loopsmith/util';
import type { GraphTensor } from '@loopsmith/ir';
import { scalarLike } from './filled.js';
import type { Translation } from './translation.js';

/** (X - mean) / sqrt(variance + epsilon) over `axes`, with the mean and the inverse deviation. */
export const standardised = (t: Translation, X: GraphTensor, axes: readonly number[], epsilon: number): readonly [GraphTensor, GraphTensor, GraphTensor] => {
  const mean = t.emit('reduceMean', [X], { axes, keepDims: true }), centred = t.emit('subtract', [X, mean]);
  const variance = t.emit('reduceMean', [t.emit('multiply', [centred, centred])], { axes, keepDims: true });
  const inverse = t.emit('reciprocal', [t.emit('sqrt', [t.emit('add', [variance, scalarLike(t, X, epsilon)])])]);
  return [t.emit('multiply', [centred, inverse]), mean, inverse];
};

/** X * scale + bias. */
export const scaled = (t: Translation, X: GraphTensor, scale: GraphTensor, bias: GraphTensor | undefined): GraphTensor => {
  const product = t.emit('multiply', [X, scale]);
  return bias ? t.emit('add', [product, bias]) : product;
};

/** A vector over the channels as [c, 1, ..], which broadcasts against [n, c, ..]. */
export const perChannel = (t: Translation, vector: GraphTensor, rank: number): GraphTensor =>
  t.emit('reshape', [vector], { shape: [...vector.shape, ...Array.from({ length: rank - 2 }, () => 1)] });

/** log(softmax(X)) along an axis, without the exponentials that overflow. */
export const logSoftmax = (t: Translation, X: GraphTensor, axis: number): GraphTensor => {
  const shifted = t.emit('subtract', [X, t.emit('reduceMax', [X], { axes: [axis], keepDims: true })]);
  return t.emit('subtract', [shifted, t.emit('log', [t.emit('reduceSum', [t.emit('exp', [shifted])], { axes: [axis], keepDims: true })])]);
};

/** X over its response to `size` channels around: X / (bias + alpha * mean of X^2 over the window, padding counted)^beta. */
export const localResponse = (
  t: Translation,
  X: GraphTensor,
  { size, alpha, beta, bias }: { readonly size: number; readonly alpha: number; readonly beta: number; readonly bias: number },
): GraphTensor => {
  const [n, c, ...space] = X.shape as [number, number, ...number[]],
    before = Math.floor((size - 1) / 2);
  const plane = t.emit('reshape', [t.emit('multiply', [X, X])], { shape: [n, 1, c, product(space)] });
  const mean = t.emit(
    'reshape',
    [t.emit('averagePool', [plane], { kernel: [size, 1], pads: [before, 0, size - 1 - before, 0], countIncludePad: true })],
    { shape: X.shape },
  );
  const base = t.emit('add', [t.emit('multiply', [mean, scalarLike(t, X, alpha)]), scalarLike(t, X, bias)]);
  return t.emit('divide', [X, t.emit('power', [base, scalarLike(t, X, beta)])]);
};
