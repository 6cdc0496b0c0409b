/** Normalisations. Those over the values themselves are spelled out in means and products; a graph pass may fuse them. */
import { product } from '@loopsmith/util';
import { axisOf, localResponse, logSoftmax, perChannel, scalarLike, scaled, standardised } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { OnnxTranslation, OnnxTranslators } from '../translation.js';

const from = (first: number, rank: number): readonly number[] => Array.from({ length: Math.max(0, rank - first) }, (_, i) => first + i);

export const normalizations: OnnxTranslators = {
  BatchNormalization: (t) => {
    if (t.attributes.flag('training_mode', false)) return t.refuse('is in training mode; export the model for inference');
    if (t.attributes.integer('spatial', 1) !== 1) return t.refuse('has spatial = 0 (statistics per activation), which ONNX dropped in opset 9; export the model again');
    const operands = [t.input(0, 'X'), t.input(1, 'scale'), t.input(2, 'B'), t.input(3, 'mean'), t.input(4, 'var')];
    return t.emit('batchNormalization', operands, { epsilon: t.attributes.number('epsilon', 1e-5) });
  },
  InstanceNormalization: (t) => {
    const X = t.input(0, 'input'), rank = X.shape.length;
    const [standard] = standardised(t, X, from(2, rank), t.attributes.number('epsilon', 1e-5));
    return scaled(t, standard, perChannel(t, t.input(1, 'scale'), rank), perChannel(t, t.input(2, 'B'), rank));
  },
  LayerNormalization: (t) => {
    const X = t.input(0, 'X'), axis = axisOf(t, t.attributes.integer('axis', -1), X.shape.length);
    const [standard, mean, inverse] = standardised(t, X, from(axis, X.shape.length), t.attributes.number('epsilon', 1e-5));
    return [scaled(t, standard, t.input(1, 'scale'), t.optional(2)), mean, inverse];
  },
  /** Parameters are per group in opset 18 and per channel since 21. */
  GroupNormalization: (t) => {
    const X = t.input(0, 'X'), rank = X.shape.length, groups = t.attributes.integer('num_groups');
    const [standard] = standardised(t, t.emit('reshape', [X], { shape: [X.shape[0]!, groups, product(X.shape.slice(1)) / groups] }), [2], t.attributes.number('epsilon', 1e-5));
    const perGroup = t.opset < 21, back = perGroup ? standard : t.emit('reshape', [standard], { shape: X.shape });
    const parameter = (position: number, role: string): GraphTensor => perChannel(t, t.input(position, role), perGroup ? 3 : rank);
    return t.emit('reshape', [scaled(t, back, parameter(1, 'scale'), parameter(2, 'bias'))], { shape: X.shape });
  },
  /** X / sqrt(mean of X^2 + epsilon) * scale. */
  RMSNormalization: (t) => {
    const X = t.input(0, 'X'), axes = from(axisOf(t, t.attributes.integer('axis', -1), X.shape.length), X.shape.length);
    const square = t.emit('reduceMean', [t.emit('multiply', [X, X])], { axes, keepDims: true });
    const deviation = t.emit('sqrt', [t.emit('add', [square, scalarLike(t, X, t.attributes.number('epsilon', 1e-5))])]);
    return t.emit('multiply', [t.emit('divide', [X, deviation]), t.input(1, 'scale')]);
  },
  /** (X - mean) / (deviation + 1e-9), by its definition as a function. */
  MeanVarianceNormalization: (t) => {
    const X = t.input(0, 'X'), axes = t.attributes.integers('axes', [0, 2, 3]);
    const centred = t.emit('subtract', [X, t.emit('reduceMean', [X], { axes, keepDims: true })]);
    const deviation = t.emit('sqrt', [t.emit('reduceMean', [t.emit('multiply', [centred, centred])], { axes, keepDims: true })]);
    return t.emit('divide', [centred, t.emit('add', [deviation, scalarLike(t, X, 1e-9)])]);
  },
  /** X over its norm along one axis. */
  LpNormalization: (t) => {
    const X = t.input(0, 'input'), axes = [axisOf(t, t.attributes.integer('axis', -1), X.shape.length)], p = t.attributes.integer('p', 2);
    if (p !== 1 && p !== 2) return t.refuse(`has p ${p}; ONNX knows 1 and 2`);
    const sum = t.emit('reduceSum', [p === 1 ? t.emit('absolute', [X]) : t.emit('multiply', [X, X])], { axes, keepDims: true });
    const norm = p === 1 ? sum : t.emit('sqrt', [sum]);
    return t.emit('where', [t.emit('equal', [norm, scalarLike(t, X, 0)]), scalarLike(t, X, 0), t.emit('divide', [X, norm])]);
  },
  LRN: (t) => localResponse(t, t.input(0, 'X'), {
    size: t.attributes.integer('size'), alpha: t.attributes.number('alpha', Math.fround(1e-4)), beta: t.attributes.number('beta', 0.75), bias: t.attributes.number('bias', 1),
  }),
  Softmax: (t) => softmaxLike(t, (X, axis) => t.emit('softmax', [X], { axis })),
  LogSoftmax: (t) => softmaxLike(t, (X, axis) => logSoftmax(t, X, axis)),
};

/** Before opset 13, the axes from `axis` (1) on are one; since then `axis` (-1) is the only one. */
const softmaxLike = (t: OnnxTranslation, over: (X: GraphTensor, axis: number) => GraphTensor): GraphTensor => {
  const X = t.input(0, 'input'), rank = X.shape.length, axis = axisOf(t, t.attributes.integer('axis', t.opset < 13 ? 1 : -1), rank);
  if (t.opset >= 13 || product(X.shape.slice(axis + 1)) === 1) return over(X, axis);
  const flat = t.emit('reshape', [X], { shape: [product(X.shape.slice(0, axis)), product(X.shape.slice(axis))] });
  return t.emit('reshape', [over(flat, 1)], { shape: X.shape });
};
