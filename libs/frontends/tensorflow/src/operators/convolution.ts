/** Convolutions, plain, depthwise, transposed and fused with what follows them. Weights are [r, s, c, k] and become [k, c, r, s]. */
import { transposedConvolution } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';
import { activated } from './activation.js';
import { perLastAxis } from './arithmetic.js';
import { overSpace, withChannelsFirst } from './layout.js';
import { normalised } from './normalization.js';
import { padsOf } from './window.js';

/** [r, s, c, k] to [k, c, r, s]. */
const weightsOf = (t: TfTranslation, W: GraphTensor): GraphTensor => {
  const rank = W.shape.length;
  return t.emit('transpose', [W], { permutation: [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, i) => i)] });
};

/** Groups follow from the channels that the weights are for. */
const convolution = (space: 2 | 3): TfTranslator => (t) => {
  const X = t.input(0, 'input'), W = t.input(1, 'filter'), rank = space + 2;
  if (W.shape.length !== rank) return t.refuse(`has weights of shape [${W.shape.join(',')}]; ${rank} axes were expected`);
  return withChannelsFirst(t, X, rank, (plain) => {
    const kernel = W.shape.slice(0, -2), strides = overSpace(t, 'strides', rank), dilations = overSpace(t, 'dilations', rank);
    const groups = plain.shape[1]! / W.shape.at(-2)!;
    if (!Number.isInteger(groups)) return t.refuse(`has weights of shape [${W.shape.join(',')}] for an input of ${plain.shape[1]} channels, which they do not divide`);
    return t.emit(`conv${space}d`, [plain, weightsOf(t, W), undefined], { strides, dilations, pads: padsOf(t, plain.shape.slice(2), kernel, strides, dilations), groups });
  });
};

/** Weights are [r, s, c, m]: m outputs for every channel, those of one channel side by side. */
const depthwise: TfTranslator = (t) => {
  const X = t.input(0, 'input'), W = t.input(1, 'filter');
  if (W.shape.length !== 4) return t.refuse(`has weights of shape [${W.shape.join(',')}]; 4 axes were expected`);
  return withChannelsFirst(t, X, 4, (plain) => {
    const [r, s, c, m] = W.shape as [number, number, number, number],
      strides = overSpace(t, 'strides', 4),
      given = t.attributes.has('dilations') ? t.attributes.integers('dilations') : [];
    const dilations = given.length === 0 ? [1, 1] : overSpace(t, 'dilations', 4, given);
    const weights = t.emit('reshape', [t.emit('transpose', [W], { permutation: [2, 3, 0, 1] })], { shape: [c * m, 1, r, s] });
    return t.emit('conv2d', [plain, weights, undefined], { strides, dilations, pads: padsOf(t, plain.shape.slice(2), [r, s], strides, dilations), groups: c });
  });
};

/** The gradient of a convolution towards its input: a transposed convolution whose result has the size that the first operand says. */
const transposed: TfTranslator = (t) => {
  const size = t.known(t.input(0, 'input_sizes'), 'input_sizes'), W = t.input(1, 'filter'), X = t.input(2, 'out_backprop');
  if (size.length !== 4 && size.length !== 2) return t.refuse(`asks for a result of shape [${size.join(',')}]; 4 axes were expected`);
  return withChannelsFirst(t, X, 4, (plain) => {
    const [r, s] = W.shape as [number, number], strides = overSpace(t, 'strides', 4), dilations = overSpace(t, 'dilations', 4);
    const space = size.length === 2 ? size : overSpaceOf(t, size), reach = [(r - 1) * dilations[0]! + 1, (s - 1) * dilations[1]! + 1];
    // the padding is that of the convolution whose gradient this is
    const pads = padsOf(t, space, [r, s], strides, dilations), before = pads.slice(0, 2), after = pads.slice(2);
    const outputPadding = space.map((extent, i) => extent - ((plain.shape[2 + i]! - 1) * strides[i]! + reach[i]! - before[i]! - after[i]!));
    if (outputPadding.some((extra, i) => extra < 0 || extra >= Math.max(strides[i]!, dilations[i]!)))
      return t.refuse(`cannot make a result of shape [${size.join(',')}] from an input of shape [${X.shape.join(',')}]`);
    // [r, s, k, c], with k the channels of the result, to [c, k, r, s]
    return transposedConvolution(t, plain, weightsOf(t, W), undefined, 1, { strides, dilations, before, after, outputPadding });
  });
};
const overSpaceOf = (t: TfTranslation, size: readonly number[]): readonly number[] => (t.attributes.text('data_format', 'NHWC') === 'NHWC' ? size.slice(1, 3) : size.slice(2));

/** What tfjs and Grappler fuse behind a layer: operands from the third on, in the order of `fused_ops`. */
export const fusedOperators = (t: TfTranslation, result: GraphTensor, firstOperand: number): GraphTensor => {
  let Y = result, operand = firstOperand;
  for (const name of t.attributes.texts('fused_ops', [])) {
    switch (name) {
      case 'BiasAdd': Y = t.emit('add', [Y, perLastAxis(t, Y, t.input(operand++, 'bias'))]); break;
      case 'FusedBatchNorm': {
        const [scale, offset, mean, variance] = [0, 1, 2, 3].map((i) => t.input(operand + i, 'batch norm')) as [GraphTensor, GraphTensor, GraphTensor, GraphTensor];
        operand += 4;
        Y = normalised(t, Y, scale, offset, mean, variance, t.attributes.number('epsilon', 1e-4));
        break;
      }
      case 'Prelu': Y = t.emit('prelu', [Y, t.input(operand++, 'alpha')]); break;
      default: Y = activated(t, Y, name);
    }
  }
  return Y;
};
/** Fused operands are over the last axis; channels first would need another order of them. */
const fused = (layer: TfTranslator): TfTranslator => (t) => {
  if (t.attributes.text('data_format', 'NHWC') !== 'NHWC') return t.refuse('is fused and has its channels first; Loopsmith reads fused layers with channels last');
  const order = t.attributes.text('filter_format', 'HWIO');
  if (order !== 'HWIO') return t.refuse(`is fused and has weights in the order ${order}; Loopsmith reads HWIO`);
  return fusedOperators(t, layer(t) as GraphTensor, 2);
};

export const convolutions: TfTranslators = {
  Conv2D: convolution(2), Conv3D: convolution(3), DepthwiseConv2dNative: depthwise, Conv2DBackpropInput: transposed,
  _FusedConv2D: fused(convolution(2)), FusedDepthwiseConv2dNative: fused(depthwise), _FusedDepthwiseConv2dNative: fused(depthwise),
};
