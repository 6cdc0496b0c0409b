/** Normalisations over statistics or over the values themselves. Folding into a neighbour is a graph pass, not here. */
import { axisNames, build, constant, pointsOf, variable, type Index } from '@loopsmith/ir';
import { axesOver, axisOf } from './axes.js';
import { accumulatorOf, castTo, definitionOf, operator, shapeText } from './operator.js';

/**
 * Batch normalisation with given statistics: Y = (X - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + bias[c], axis 1 is c.
 * Inputs: X[n, c, ..], scale[c], bias[c], mean[c], variance[c]. Attribute: epsilon (1e-5). Source: ONNX operator
 * BatchNormalization in inference. Computed as sums are kept, and rounded to X's dtype at the end: half floats may have parameters
 * in single. Refused: parameters of another length than c.
 */
export const batchNormalization = operator((reading) => {
  const X = reading.input(0, 'X');
  const scale = reading.input(1, 'scale'), bias = reading.input(2, 'bias'), mean = reading.input(3, 'mean'), variance = reading.input(4, 'variance');
  const channels = X.shape[1];
  if (channels === undefined) return reading.refuse(`reads X of shape [${X.shape.join(',')}]; expected [n,c] or more axes`);
  for (const parameter of [scale, bias, mean, variance])
    if (parameter.shape.length !== 1 || parameter.shape[0] !== channels)
      return reading.refuse(`has ${parameter.name} of shape [${parameter.shape.join(',')}]; expected [${channels}]`);
  const epsilon = reading.number('epsilon', 1e-5);
  const [at, axes] = axesOver(X.shape);
  const type = accumulatorOf(X.dtype), of = (parameter: typeof scale) => castTo(type, build.load(parameter, at[1]!));
  const deviation = build.unary('sqrt', build.binary('add', of(variance), build.literal(epsilon, type)));
  const normal = build.binary('divide', build.binary('subtract', castTo(type, build.load(X, ...at)), of(mean)), deviation);
  const Y = build.stage('Y', X.dtype, axes, castTo(X.dtype, build.binary('add', build.binary('multiply', normal, of(scale)), of(bias))));
  return { definition: definitionOf('batchNormalization', [X, scale, bias, mean, variance], [Y]), label: `batch_normalization ${shapeText(X.shape)}` };
});

/**
 * Softmax along one axis: exp(X - max) * (1 / sum of exp(X - max)), all of them stages (M, E, S, I, Y), with one division for each sum. Same
 * shape as X. Attribute: axis (-1), counted from the end where negative. Source: ONNX operator Softmax since opset 13.
 */
export const softmax = operator((reading) => {
  const X = reading.input(0, 'X');
  const axis = axisOf(reading, reading.number('axis', -1), X.shape.length), type = accumulatorOf(X.dtype);
  const [at, axes] = axesOver(X.shape);
  const outer = axes.filter((_, i) => i !== axis), across = axes.filter((_, i) => i === axis);
  const withoutAxis: readonly Index[] = outer.map(variable);
  const M = build.stage('M', type, outer, castTo(type, build.load(X, ...at)), build.over('max', across, type));
  const E = build.stage('E', type, axes, build.unary('exp', build.binary('subtract', castTo(type, build.load(X, ...at)), build.load(M, ...withoutAxis))));
  const S = build.stage('S', type, outer, build.load(E, ...at), build.over('sum', across, type));
  const I = build.stage('I', type, outer, build.binary('divide', build.literal(1, type), build.load(S, ...withoutAxis)));
  const Y = build.stage('Y', X.dtype, axes, castTo(X.dtype, build.binary('multiply', build.load(E, ...at), build.load(I, ...withoutAxis))));
  return { definition: definitionOf('softmax', [X], [M, E, S, I, Y]), label: `softmax ${shapeText(X.shape)} axis ${axis}` };
});

/**
 * Layer normalisation along axes, without scale and shift: Y = (X - mean) / sqrt(variance + epsilon), mean and variance over
 * `axes` for each place of the others. Same shape as X. Attributes: axes ([-1]), counted from the end where negative; epsilon
 * (1e-5). Source: Ba, Kiros, Hinton, "Layer Normalization", 2016; ONNX operator LayerNormalization. Refused: axes that X does
 * not have.
 */
export const layerNormalization = operator((reading) => {
  const X = reading.input(0, 'X'), rank = X.shape.length, type = accumulatorOf(X.dtype), epsilon = reading.number('epsilon', 1e-5);
  const reduces = new Set(reading.integers('axes', [-1]).map((axis) => axisOf(reading, axis, rank)));
  const [at, axes] = axesOver(X.shape), across = axes.filter((_, i) => reduces.has(i)), names = axisNames(rank);
  // reduced axes stay with extent 1, as those of a mean do, so that what looks for images finds them
  const [, kept] = axesOver(X.shape.map((extent, axis) => (reduces.has(axis) ? 1 : extent)), names.map((name, axis) => (reduces.has(axis) ? `${name}1` : name)));
  const count = build.literal(pointsOf(across), type);
  const outside = at.map((index, axis) => (reduces.has(axis) ? constant(0) : index)), own = kept.map(variable), element = castTo(type, build.load(X, ...at));
  const S = build.stage('S', type, kept, element, build.over('sum', across, type));
  const M = build.stage('M', type, kept, build.binary('divide', build.load(S, ...own), count));
  const centred = build.binary('subtract', element, build.load(M, ...outside));
  const V = build.stage('V', type, kept, build.binary('multiply', centred, centred), build.over('sum', across, type));
  const I = build.stage(
    'I',
    type,
    kept,
    build.binary(
      'divide',
      build.literal(1, type),
      build.unary('sqrt', build.binary('add', build.binary('divide', build.load(V, ...own), count), build.literal(epsilon, type))),
    ),
  );
  const Y = build.stage('Y', X.dtype, axes, castTo(X.dtype, build.binary('multiply', centred, build.load(I, ...outside))));
  return { definition: definitionOf('layerNormalization', [X], [S, M, V, I, Y]), label: `layer_normalization ${shapeText(X.shape)} axes ${[...reduces].join(',')}` };
});
