/** Convolutions of every kind, with bias and activation. Those over one axis are those over two whose second axis has one element. */
import { fromNumbers, type GraphTensor } from '@loopsmith/ir';
import { activated } from './activation.js';
import type { LayerTranslation, LayerTranslator, LayerTranslators, PlainAttributes } from './translation.js';
import { dataFormat, everyAxis, paddingWord, perAxis } from './window.js';

/** Bias, where the layer has one, and activation. */
export const finished = (t: LayerTranslation, X: GraphTensor, biasPlace: number): GraphTensor =>
  activated(t, t.config.flag('use_bias', true) ? t.run('BiasAdd', [X, t.weight(biasPlace, 'bias')], { data_format: dataFormat(t) }) : X);

const windowOf = (t: LayerTranslation, axes: number): PlainAttributes => ({
  data_format: dataFormat(t), padding: paddingWord(t), strides: everyAxis(t, perAxis(t, 'strides', axes, 1)), dilations: everyAxis(t, perAxis(t, 'dilation_rate', axes, 1)),
});

const convolution = (axes: 2 | 3): LayerTranslator => (t) => finished(t, t.run(`Conv${axes}D`, [t.input(0, 'x'), t.weight(0, 'kernel')], windowOf(t, axes)), 1);

/** A new axis of one element behind the only one of space, or without it again. */
const withSecondAxis = (t: LayerTranslation, X: GraphTensor): GraphTensor => {
  const [n, a, b] = X.shape as [number, number, number];
  return X.shape.length === 3
    ? t.emit('reshape', [X], { shape: dataFormat(t) === 'NHWC' ? [n, a, 1, b] : [n, a, b, 1] })
    : t.refuse(`reads a tensor of shape [${X.shape.join(',')}]; 3 axes were expected`);
};
const withoutSecondAxis = (t: LayerTranslation, X: GraphTensor): GraphTensor =>
  t.emit('reshape', [X], { shape: X.shape.filter((_, axis) => axis !== (dataFormat(t) === 'NHWC' ? 2 : 3)) });

/** `work` on X as an image of one column. */
export const asImage = (t: LayerTranslation, X: GraphTensor, work: (X: GraphTensor) => GraphTensor): GraphTensor => withoutSecondAxis(t, work(withSecondAxis(t, X)));

const convolution1d: LayerTranslator = (t) => {
  const X = t.input(0, 'x'),
    W = t.weight(0, 'kernel'),
    [reach, ...channels] = W.shape as [number, number, number],
    [stride] = perAxis(t, 'strides', 1, 1),
    [dilation] = perAxis(t, 'dilation_rate', 1, 1) as [number];
  // causal: every output sees what was before it, so all the padding is in front
  const before = t.config.text('padding', 'valid') === 'causal' ? (reach - 1) * dilation : 0, at = dataFormat(t) === 'NHWC' ? 1 : 2;
  const padded = before === 0 ? X : t.emit('pad', [X], { pads: [0, 1, 2, 3, 4, 5].map((i) => (i === at ? before : 0)) });
  const Y = asImage(t, padded, (image) => t.run('Conv2D', [image, t.emit('reshape', [W], { shape: [reach, 1, ...channels] })], {
    data_format: dataFormat(t), padding: paddingWord(t), strides: everyAxis(t, [stride!, 1]), dilations: everyAxis(t, [dilation, 1]),
  }));
  return finished(t, Y, 1);
};

const depthwise = (t: LayerTranslation): GraphTensor => t.run('DepthwiseConv2dNative', [t.input(0, 'x'), t.weight(0, 'depthwise_kernel', 'kernel')], windowOf(t, 2));

/** Every output element reaches as far as a convolution of that window would. Source: Keras layer Conv2DTranspose. */
const transposed: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), W = t.weight(0, 'kernel'), strides = perAxis(t, 'strides', 2, 1), dilations = perAxis(t, 'dilation_rate', 2, 1), last = dataFormat(t) === 'NHWC';
  if (t.config.has('output_padding')) return t.refuse('has output_padding, which Loopsmith does not compute; leave it to the padding');
  if (X.shape.length !== 4 || W.shape.length !== 4) return t.refuse(`reads a tensor of shape [${X.shape.join(',')}] with weights of [${W.shape.join(',')}]; 4 axes were expected`);
  const space = last ? X.shape.slice(1, 3) : X.shape.slice(2), padding = paddingWord(t), channels = W.shape[2]!;
  const size = space.map((extent, i) => extent * strides[i]! + (padding === 'SAME' ? 0 : Math.max((W.shape[i]! - 1) * dilations[i]! + 1 - strides[i]!, 0)));
  const shape = last ? [X.shape[0]!, ...size, channels] : [X.shape[0]!, channels, ...size];
  return finished(t, t.run('Conv2DBackpropInput', [t.constant(fromNumbers('i32', [4], shape)), W, X], windowOf(t, 2)), 1);
};

export const convolutionLayers: LayerTranslators = {
  Conv1D: convolution1d, Conv2D: convolution(2), Conv3D: convolution(3),
  DepthwiseConv2D: (t) => finished(t, depthwise(t), 1),
  SeparableConv2D: (t) => finished(t, t.run('Conv2D', [depthwise(t), t.weight(1, 'pointwise_kernel')], { data_format: dataFormat(t), padding: 'VALID', strides: [1, 1, 1, 1] }), 2),
  Conv2DTranspose: transposed,
};
