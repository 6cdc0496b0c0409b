/** Quantised operators: ONNX's own, and those of ONNX Runtime's domain that models of its quantiser hold. What quantising means is in frontends/shared. */
import { alongQuantisedAxis, centred, dequantised, quantised, requantised, scalarLike, wholeOf } from '@loopsmith/frontend-shared';
import { isDType, type GraphTensor } from '@loopsmith/ir';
import { elementTypeName } from '@loopsmith/onnx-file';
import type { OnnxTranslation, OnnxTranslator, OnnxTranslators } from '../translation.js';
import { convolution } from './convolution.js';

/** The parameter at a position as it broadcasts with X: over an axis, or over blocks of one (opset 21). */
const parameterOf = (t: OnnxTranslation, X: GraphTensor, position: number): GraphTensor | undefined => {
  const parameter = t.optional(position);
  return parameter && alongQuantisedAxis(t, parameter, X.shape, t.attributes.integer('axis', 1), t.attributes.integer('block_size', 0));
};

/** One number has no axes, so that it adds none to what it meets. */
const alone = (t: OnnxTranslation, parameter: GraphTensor): GraphTensor =>
  parameter.shape.length > 0 && parameter.shape.every((extent) => extent === 1) ? t.emit('reshape', [parameter], { shape: [] }) : parameter;
/** The parameter at a position that goes with the last axis, or is one number. */
const plain = (t: OnnxTranslation, position: number): GraphTensor | undefined => { const parameter = t.optional(position); return parameter && alone(t, parameter); };
/** A vector with `behind` axes of extent 1 behind it: per row of a matrix, or per channel. */
const ahead = (t: OnnxTranslation, position: number, behind: number): GraphTensor | undefined => {
  const parameter = t.optional(position);
  if (parameter?.shape.length !== 1 || parameter.shape[0] === 1) return parameter && alone(t, parameter);
  return t.emit('reshape', [parameter], { shape: [...parameter.shape, ...Array.from({ length: behind }, () => 1)] });
};

const product = (t: OnnxTranslation, left: GraphTensor, right: GraphTensor, output: GraphTensor): GraphTensor => t.emit('divide', [t.emit('multiply', [left, right]), output]);

/** A formula over the numbers that two quantised operands stand for. Source: ONNX Runtime, contrib operators QLinearAdd and QLinearMul. */
const overNumbers = (operator: string): OnnxTranslator => (t) => {
  const number = (first: number, role: string): GraphTensor => dequantised(t, t.input(first, role), alone(t, t.input(first + 1, `${role}_scale`)), plain(t, first + 2));
  const to = t.input(0, 'A').dtype;
  return quantised(t, t.emit(operator, [number(0, 'A'), number(3, 'B')]), alone(t, t.input(6, 'C_scale')), plain(t, 7), to);
};

export const quantisedOperators: OnnxTranslators = {
  /** The type is that of the zero point, else of output_dtype, else uint8. */
  QuantizeLinear: (t) => {
    const X = t.input(0, 'x'), zero = t.optional(2), named = t.attributes.integer('output_dtype', 0);
    const to = zero ? zero.dtype : named === 0 ? 'u8' : elementTypeName(named);
    if (!isDType(to)) return t.refuse(`quantises to ${to}; Loopsmith quantises to integers of 8 and 16 bits`);
    return quantised(t, X, parameterOf(t, X, 1) ?? t.input(1, 'y_scale'), parameterOf(t, X, 2), to);
  },
  DequantizeLinear: (t) => {
    const X = t.input(0, 'x');
    return dequantised(t, X, parameterOf(t, X, 1) ?? t.input(1, 'x_scale'), parameterOf(t, X, 2));
  },
  /** uint8 over the range from the smallest to the largest element, 0 included. A tensor of zeros has scale 1, as ONNX Runtime has it. */
  DynamicQuantizeLinear: (t) => {
    const X = t.input(0, 'x'), zero = scalarLike(t, X, 0), axes = X.shape.map((_, axis) => axis);
    const high = t.emit('max', [t.emit('reduceMax', [X], { axes, keepDims: false }), zero]), low = t.emit('min', [t.emit('reduceMin', [X], { axes, keepDims: false }), zero]);
    const range = t.emit('subtract', [high, low]);
    const scale = t.emit('where', [t.emit('equal', [range, zero]), scalarLike(t, X, 1), t.emit('divide', [range, scalarLike(t, X, 255)])]);
    const place = t.emit('clip', [wholeOf(t, t.emit('divide', [t.emit('subtract', [zero, low]), scale]))], { min: 0, max: 255 });
    return [quantised(t, X, scale, place, 'u8'), scale, t.emit('cast', [place], { to: 'u8' })];
  },
  MatMulInteger: (t) => t.emit('matmul', [centred(t, t.input(0, 'A'), ahead(t, 2, 1)), centred(t, t.input(1, 'B'), plain(t, 3))]),
  QLinearMatMul: (t) => {
    const A = centred(t, t.input(0, 'a'), ahead(t, 2, 1)), B = centred(t, t.input(3, 'b'), plain(t, 5));
    const factor = product(t, ahead(t, 1, 1) ?? t.input(1, 'a_scale'), alone(t, t.input(4, 'b_scale')), alone(t, t.input(6, 'y_scale')));
    return requantised(t, t.emit('matmul', [A, B]), factor, plain(t, 7), t.optional(7)?.dtype ?? 'u8');
  },
  ConvInteger: (t) => {
    const X = t.input(0, 'x'), W = t.input(1, 'w');
    return convolution(t, centred(t, X, plain(t, 2)), centred(t, W, ahead(t, 3, W.shape.length - 1)), undefined);
  },
  /** The bias is int32 of scale x_scale * w_scale: it joins the sum. */
  QLinearConv: (t) => {
    const X = t.input(0, 'x'), W = t.input(3, 'w'), rank = W.shape.length;
    const total = convolution(t, centred(t, X, plain(t, 2)), centred(t, W, ahead(t, 5, rank - 1)), t.optional(8));
    const factor = product(t, alone(t, t.input(1, 'x_scale')), ahead(t, 4, rank - 2) ?? t.input(4, 'w_scale'), alone(t, t.input(6, 'y_scale')));
    return requantised(t, total, factor, plain(t, 7), t.optional(7)?.dtype ?? 'u8');
  },
  'com.microsoft.QLinearAdd': overNumbers('add'),
  'com.microsoft.QLinearMul': overNumbers('multiply'),
};
