/** Normalisations. Statistics of a batch are those of training. */
import { axisOf, filled, scaled, scalarLike, standardised } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { LayerTranslation, LayerTranslator, LayerTranslators } from './translation.js';

/** Written as a number or as a list of one. */
const axesOf = (t: LayerTranslation, rank: number): readonly number[] =>
  (Array.isArray(t.given('axis')) ? t.config.integers('axis') : [t.config.integer('axis', -1)]).map((axis) => axisOf(t, axis, rank));

const batchNormalization: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), rank = X.shape.length, [axis, ...others] = axesOf(t, rank), scales = t.config.flag('scale', true), centers = t.config.flag('center', true);
  if (others.length > 0 || (axis !== rank - 1 && axis !== 1))
    return t.refuse(`normalises along the axes ${[axis, ...others].join(',')}; Loopsmith does it along the channels, first or last`);
  const constant = (value: number): GraphTensor => filled(t, 'f32', [X.shape[axis]!], value);
  let place = 0;
  const gamma = scales ? t.weight(place++, 'gamma') : constant(1), beta = centers ? t.weight(place++, 'beta') : constant(0);
  return t.run('FusedBatchNormV3', [X, gamma, beta, t.weight(place, 'moving_mean'), t.weight(place + 1, 'moving_variance')], {
    is_training: false,
    epsilon: t.config.number('epsilon', 1e-3),
    data_format: axis === rank - 1 ? 'NHWC' : 'NCHW',
  });
};

/** Parameters lie along the normalised axes, which are the last ones. */
const layerNormalization: LayerTranslator = (t) => {
  const X = t.input(0, 'x'), rank = X.shape.length, axes = axesOf(t, rank).toSorted((a, b) => a - b);
  if (t.config.flag('rms_scaling', false)) return t.refuse('divides by the root of the mean square (rms_scaling), which Loopsmith does not import; export the model as ONNX');
  if (axes.some((axis, i) => axis !== rank - axes.length + i))
    return t.refuse(`normalises along the axes ${axes.join(',')} of a tensor of ${rank}; Loopsmith does it along the last ones`);
  const [normal] = standardised(t, X, axes, t.config.number('epsilon', 1e-3)),
    scales = t.config.flag('scale', true),
    bias = t.config.flag('center', true) ? t.weight(scales ? 1 : 0, 'beta') : undefined;
  return scales ? scaled(t, normal, t.weight(0, 'gamma'), bias) : bias ? t.emit('add', [normal, bias]) : normal;
};

export const normalizationLayers: LayerTranslators = {
  BatchNormalization: batchNormalization, LayerNormalization: layerNormalization,
  Rescaling: (t) => {
    const X = t.input(0, 'x'), Y = X.dtype === 'f32' ? X : t.emit('cast', [X], { to: 'f32' });
    return t.emit('add', [t.emit('multiply', [Y, scalarLike(t, Y, t.config.number('scale'))]), scalarLike(t, Y, t.config.number('offset', 0))]);
  },
};
