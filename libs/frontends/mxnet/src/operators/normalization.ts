/** Normalisations and softmax. Means and variances that training moved are parameters. */
import { product } from '@loopsmith/util';
import { axisOf, filled, localResponse, logSoftmax, perChannel, scalarLike, scaled, standardised } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import { asAsked } from './constant.js';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

/** X with one axis moved. */
const moved = (t: MxnetTranslation, X: GraphTensor, from: number, to: number): GraphTensor => {
  const order = X.shape.map((_, axis) => axis).filter((axis) => axis !== from);
  order.splice(to, 0, from);
  return t.emit('transpose', [X], { permutation: order });
};

/** With fix_gamma, which is the default, gamma is 1 whatever the file says. */
const batchNorm: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), rank = X.shape.length, axis = axisOf(t, t.attributes.integer('axis', 1), rank), gamma = t.input(1, 'gamma');
  const scale = t.attributes.flag('fix_gamma', true) ? filled(t, gamma.dtype, gamma.shape.length === 1 ? gamma.shape : t.refuse('has a gamma that is no vector'), 1) : gamma;
  const normal = (of: GraphTensor): GraphTensor =>
    t.emit('batchNormalization', [of, scale, t.input(2, 'beta'), t.input(3, 'moving_mean'), t.input(4, 'moving_var')], {
      epsilon: t.attributes.number('eps', 1e-3),
    });
  return axis === 1 ? normal(X) : moved(t, normal(moved(t, X, axis, 1)), 1, axis);
};

/** Softmax of X / temperature; `length` would mask. */
const softmaxLike = (of: (t: MxnetTranslation, X: GraphTensor, axis: number) => GraphTensor): MxnetTranslator => (t) => {
  if (t.attributes.flag('use_length', false)) return t.refuse('has a length per row (use_length), which Loopsmith does not import');
  const X = t.input(0, 'data'), axis = axisOf(t, t.attributes.integer('axis', -1), X.shape.length), temperature = t.attributes.number('temperature', 1);
  return asAsked(t, 'dtype', of(t, temperature === 1 ? X : t.emit('divide', [X, scalarLike(t, X, temperature)]), axis));
};
const range = (from: number, to: number): readonly number[] => Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

export const normalizations: MxnetTranslators = {
  BatchNorm: batchNorm,
  BatchNorm_v1: batchNorm,
  CuDNNBatchNorm: batchNorm,
  InstanceNorm: (t) => {
    const X = t.input(0, 'data'),
      rank = X.shape.length;
    const [standard] = standardised(t, X, range(2, rank), t.attributes.number('eps', 1e-3));
    return scaled(t, standard, perChannel(t, t.input(1, 'gamma'), rank), perChannel(t, t.input(2, 'beta'), rank));
  },
  LayerNorm: (t) => {
    const X = t.input(0, 'data'),
      rank = X.shape.length,
      axis = axisOf(t, t.attributes.integer('axis', -1), rank);
    const [standard] = standardised(t, X, [axis], t.attributes.number('eps', 1e-5));
    const along = (vector: GraphTensor): GraphTensor =>
      t.emit('reshape', [vector], { shape: [...vector.shape, ...range(axis + 1, rank).map(() => 1)] });
    return scaled(t, standard, along(t.input(1, 'gamma')), along(t.input(2, 'beta')));
  },
  /** Statistics over each group of channels; gamma and beta per group before MXNet 2, per channel since. */
  GroupNorm: (t) => {
    const X = t.input(0, 'data'),
      rank = X.shape.length,
      [n, ...rest] = X.shape as [number, ...number[]],
      groups = t.attributes.integer('num_groups', 1),
      gamma = t.input(1, 'gamma'),
      beta = t.input(2, 'beta');
    const size = product(rest) / groups;
    const [standard] = standardised(t, t.emit('reshape', [X], { shape: [n, groups, size] }), [2], t.attributes.number('eps', 1e-5));
    const perGroup = gamma.shape[0] === groups,
      back = (Y: GraphTensor): GraphTensor => t.emit('reshape', [Y], { shape: X.shape });
    return perGroup
      ? back(scaled(t, standard, perChannel(t, gamma, 3), perChannel(t, beta, 3)))
      : scaled(t, back(standard), perChannel(t, gamma, rank), perChannel(t, beta, rank));
  },
  /** X / sqrt(sum of X^2 + eps), over an instance, over the channels, or over the space of each channel. */
  L2Normalization: (t) => {
    const X = t.input(0, 'data'),
      mode = t.attributes.oneOf('mode', ['instance', 'channel', 'spatial'], 'instance'),
      rank = X.shape.length;
    const axes = mode === 'channel' ? [1] : range(mode === 'spatial' ? 2 : 1, rank);
    const sum = t.emit('reduceSum', [t.emit('multiply', [X, X])], { axes, keepDims: true });
    return t.emit('divide', [X, t.emit('sqrt', [t.emit('add', [sum, scalarLike(t, X, t.attributes.number('eps', 1e-10))])])]);
  },
  LRN: (t) =>
    localResponse(t, t.input(0, 'data'), {
      size: t.attributes.integer('nsize'),
      alpha: t.attributes.number('alpha', 1e-4),
      beta: t.attributes.number('beta', 0.75),
      bias: t.attributes.number('knorm', 2),
    }),
  softmax: softmaxLike((t, X, axis) => t.emit('softmax', [X], { axis })),
  softmin: softmaxLike((t, X, axis) => t.emit('softmax', [t.emit('negate', [X])], { axis })),
  log_softmax: softmaxLike(logSoftmax),
  SoftmaxActivation: (t) => t.emit('softmax', [t.input(0, 'data')], { axis: t.attributes.oneOf('mode', ['instance', 'channel'], 'instance') === 'channel' ? 1 : -1 }),
};
