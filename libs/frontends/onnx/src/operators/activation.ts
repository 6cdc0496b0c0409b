/** Operators of one operand that have parameters, or whose name is not Loopsmith's own. */
import { filled, scalarLike } from '@loopsmith/frontend-shared';
import type { OnnxTranslator, OnnxTranslators } from '../translation.js';

const unary = (operator: string, parameters: Readonly<Record<string, number>> = {}): OnnxTranslator => (t) =>
  t.emit(operator, [t.input(0, 'X')], Object.fromEntries(Object.entries(parameters).map(([name, fallback]) => [name, t.attributes.number(name, fallback)])));

/**
 * Bounds are attributes before opset 11, inputs since; where one is known only at run time both are operands of max and min, the lower one first: where
 * they cross, the upper one holds.
 */
const clip: OnnxTranslator = (t) => {
  const X = t.input(0, 'input'), [min, max] = [t.optional(1), t.optional(2)];
  if ((min && !min.data) || (max && !max.data)) {
    const above = min ? t.emit('max', [X, min]) : X;
    return max ? t.emit('min', [above, max]) : above;
  }
  const bounds: Record<string, number> = {};
  for (const [name, tensor] of [['min', min], ['max', max]] as const) {
    if (tensor) bounds[name] = t.known(tensor, name)[0] ?? t.refuse(`has an empty ${name}`);
    else if (t.attributes.has(name)) bounds[name] = t.attributes.number(name);
  }
  return Object.keys(bounds).length === 0 ? X : t.emit('clip', [X], bounds);
};

export const activations: OnnxTranslators = {
  Relu: unary('relu'), Sigmoid: unary('sigmoid'), Tanh: unary('tanh'), Softplus: unary('softplus'), Softsign: unary('softsign'), Mish: unary('mish'), HardSwish: unary('hardSwish'),
  // defaults are those of the operators' definitions, as float32 where ONNX says so
  LeakyRelu: unary('leakyRelu', { alpha: Math.fround(0.01) }),
  ThresholdedRelu: unary('thresholdedRelu', { alpha: 1 }),
  Elu: unary('elu', { alpha: 1 }),
  Celu: unary('celu', { alpha: 1 }),
  /** Before opset 6 the defaults had five digits. */
  Selu: (t) => (t.opset < 6 ? unary('selu', { alpha: Math.fround(1.6732), gamma: Math.fround(1.0507) }) : unary('selu', { alpha: 1.67326319217681884765625, gamma: 1.05070102214813232421875 }))(t),
  HardSigmoid: unary('hardSigmoid', { alpha: Math.fround(0.2), beta: 0.5 }),
  Swish: unary('swish', { alpha: 1 }),
  Gelu: (t) => t.emit('gelu', [t.input(0, 'X')], { approximate: t.attributes.text('approximate', 'none') }),
  Clip: clip,
  /** Before opset 7 a slope per channel was a vector, which did not broadcast as numpy has it. */
  PRelu: (t) => {
    const X = t.input(0, 'X'), slope = t.input(1, 'slope');
    return t.emit('prelu', [X, t.opset < 7 && slope.shape.length === 1 ? t.emit('reshape', [slope], { shape: [...slope.shape, ...X.shape.slice(2).map(() => 1)] }) : slope]);
  },
  /** X - bias above lambd, X + bias below -lambd, 0 between. */
  Shrink: (t) => {
    const X = t.input(0, 'input'), lambd = t.attributes.number('lambd', 0.5), bias = scalarLike(t, X, t.attributes.number('bias', 0)), zero = scalarLike(t, X, 0);
    const above = t.emit('where', [t.emit('greater', [X, scalarLike(t, X, lambd)]), t.emit('subtract', [X, bias]), zero]);
    return t.emit('where', [t.emit('less', [X, scalarLike(t, X, -lambd)]), t.emit('add', [X, bias]), above]);
  },
  IsInf: (t) => {
    const X = t.input(0, 'X'), positive = t.attributes.flag('detect_positive', true), negative = t.attributes.flag('detect_negative', true);
    if (!positive && !negative) return filled(t, 'bool', X.shape, 0);
    return t.emit('equal', [positive && negative ? t.emit('absolute', [X]) : X, scalarLike(t, X, positive ? Infinity : -Infinity)]);
  },
  Exp: unary('exp'), Log: unary('log'), Sqrt: unary('sqrt'), Erf: unary('erf'), Abs: unary('absolute'), Neg: unary('negate'), Sign: unary('sign'), Reciprocal: unary('reciprocal'),
  Floor: unary('floor'), Ceil: unary('ceil'), Round: unary('round'), Not: unary('not'), BitwiseNot: unary('not'), IsNaN: unary('isNaN'),
  Sin: unary('sin'), Cos: unary('cos'), Tan: unary('tan'), Asin: unary('asin'), Acos: unary('acos'), Atan: unary('atan'),
  Sinh: unary('sinh'), Cosh: unary('cosh'), Asinh: unary('asinh'), Acosh: unary('acosh'), Atanh: unary('atanh'),
};
