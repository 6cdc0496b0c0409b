/** Normalisations with given statistics, along channels, and softmax. */
import { localResponse, logSoftmax, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';
import { channelsLast, toChannelsFirst, toChannelsLast, withChannelsFirst } from './layout.js';

/** Batch norm over the last axis, or over axis 1. */
export const normalised = (t: TfTranslation, X: GraphTensor, scale: GraphTensor, offset: GraphTensor, mean: GraphTensor, variance: GraphTensor, epsilon: number): GraphTensor => {
  const operands = [scale, offset, mean, variance];
  if (!channelsLast(t)) return t.emit('batchNormalization', [X, ...operands], { epsilon });
  return toChannelsLast(t, t.emit('batchNormalization', [toChannelsFirst(t, X), ...operands], { epsilon }));
};

/** The statistics are operands unless the layer trains; then they would be the batch's. */
const fusedBatchNorm: TfTranslator = (t) => {
  if (t.attributes.flag('is_training', true)) return t.refuse('is in training mode (is_training); export the model for inference');
  return normalised(t, t.input(0, 'x'), t.input(1, 'scale'), t.input(2, 'offset'), t.input(3, 'mean'), t.input(4, 'variance'), t.attributes.number('epsilon', Math.fround(1e-4)));
};

export const normalizations: TfTranslators = {
  FusedBatchNorm: fusedBatchNorm, FusedBatchNormV2: fusedBatchNorm, FusedBatchNormV3: fusedBatchNorm,
  /** Over the sum, not the mean, of 2 depth_radius + 1 squares. */
  LRN: (t) => withChannelsFirst(t, t.input(0, 'input'), 4, (X) => {
    const size = 2 * t.attributes.integer('depth_radius', 5) + 1;
    return localResponse(t, X, { size, alpha: t.attributes.number('alpha', 1) * size, beta: t.attributes.number('beta', 0.5), bias: t.attributes.number('bias', 1) });
  }),
  Softmax: (t) => t.emit('softmax', [t.input(0, 'logits')], { axis: -1 }),
  LogSoftmax: (t) => { const X = t.input(0, 'logits'); return logSoftmax(t, X, X.shape.length - 1); },
  L2Loss: (t) => {
    const X = t.input(0, 't');
    return t.emit('multiply', [t.emit('reduceSum', [t.emit('multiply', [X, X])], { keepDims: false }), scalarLike(t, X, 0.5)]);
  },
};
