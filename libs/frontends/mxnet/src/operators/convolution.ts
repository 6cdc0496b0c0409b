/** Convolutions and transposed convolutions of one to three axes, channels first. Other layouts are refused. */
import { transposedConvolution } from '@loopsmith/frontend-shared';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

/** NCW, NCHW and NCDHW are how tensors lie; anything else would change what the axes are. */
export const refuseOtherLayouts = (t: MxnetTranslation): void => {
  const layout = t.attributes.has('layout') ? t.attributes.text('layout') : 'NCHW';
  if (!['NCW', 'NCHW', 'NCDHW'].includes(layout)) t.refuse(`has layout ${layout}; Loopsmith imports NCW, NCHW and NCDHW`);
};

/** The kernel of the weights, held against what the node says. */
const kernelOf = (t: MxnetTranslation, weights: readonly number[], outputs: number | undefined): readonly number[] => {
  const kernel = weights.slice(2), declared = t.attributes.integers('kernel'), wanted = t.attributes.integer('num_filter');
  if (declared.join() !== kernel.join() || (outputs !== undefined && outputs !== wanted))
    return t.refuse(`has kernel (${declared.join(', ')}), num_filter ${wanted} and weights of shape [${weights.join(',')}], which disagree`);
  if (kernel.length < 1 || kernel.length > 3) return t.refuse(`has weights of shape [${weights.join(',')}]; Loopsmith convolves over one to three axes behind [n,c]`);
  return kernel;
};
const every = (kernel: readonly number[], value: number): readonly number[] => kernel.map(() => value);
/** An empty tuple stands for the default. */
export const perAxis = (t: MxnetTranslation, name: string, kernel: readonly number[], fallback: number): readonly number[] => {
  const values = t.attributes.integers(name, []);
  return values.length === 0 ? every(kernel, fallback) : values;
};
const bias = (t: MxnetTranslation, noBias: boolean) => (t.attributes.flag('no_bias', noBias) ? undefined : t.input(2, 'bias'));

const convolution: MxnetTranslator = (t) => {
  refuseOtherLayouts(t);
  const X = t.input(0, 'data'), W = t.input(1, 'weight'), kernel = kernelOf(t, W.shape, W.shape[0]), pad = perAxis(t, 'pad', kernel, 0);
  return t.emit(`conv${kernel.length}d`, [X, W, bias(t, false)], {
    strides: perAxis(t, 'stride', kernel, 1), dilations: perAxis(t, 'dilate', kernel, 1), pads: [...pad, ...pad], groups: t.attributes.integer('num_group', 1),
  });
};

export const convolutions: MxnetTranslators = {
  Convolution: convolution, Convolution_v1: convolution,
  /** With target_shape the padding follows from it. Source: MXNet operator Deconvolution, InferPad. */
  Deconvolution: (t) => {
    refuseOtherLayouts(t);
    const X = t.input(0, 'data'), W = t.input(1, 'weight'), kernel = kernelOf(t, W.shape, undefined), groups = t.attributes.integer('num_group', 1);
    const strides = perAxis(t, 'stride', kernel, 1), dilations = perAxis(t, 'dilate', kernel, 1), target = t.attributes.integers('target_shape', []);
    const wanted = target.some((extent) => extent !== 0);
    const total = kernel.map((extent, i) => strides[i]! * (X.shape[2 + i]! - 1) + (extent - 1) * dilations[i]! + 1 - (target[i] ?? 0));
    if (wanted && total.some((pad) => pad < 0)) return t.refuse(`has target_shape (${target.join(', ')}), which is larger than what its window reaches`);
    const pad = wanted ? total.map((all) => Math.ceil(all / 2)) : perAxis(t, 'pad', kernel, 0);
    const outputPadding = wanted ? total.map((all) => all % 2) : perAxis(t, 'adj', kernel, 0);
    return transposedConvolution(t, X, W, bias(t, true), groups, { strides, dilations, before: pad, after: pad, outputPadding });
  },
};
