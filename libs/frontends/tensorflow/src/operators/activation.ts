/** Operators of one operand, most of which have a name of Loopsmith's own. */
import { exponentialLessOne, logOfOneAnd } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { TfTranslation, TfTranslator, TfTranslators } from '../translation.js';

const unary = (operator: string): TfTranslator => (t) => t.emit(operator, [t.input(0, 'x')]);

/** Activations that may also be fused behind a layer, by name. */
const activations: Readonly<Record<string, (t: TfTranslation, X: GraphTensor) => GraphTensor>> = {
  Relu: (t, X) => t.emit('relu', [X]),
  Relu6: (t, X) => t.emit('clip', [X], { min: 0, max: 6 }),
  Elu: (t, X) => t.emit('elu', [X], { alpha: 1 }),
  /** Fused, its slope goes by another name. */
  LeakyRelu: (t, X) => t.emit('leakyRelu', [X], { alpha: t.attributes.number('leakyrelu_alpha', t.attributes.number('alpha', Math.fround(0.2))) }),
  Sigmoid: (t, X) => t.emit('sigmoid', [X]),
  Tanh: (t, X) => t.emit('tanh', [X]),
};
export const activated = (t: TfTranslation, X: GraphTensor, name: string): GraphTensor =>
  (activations[name] ?? (() => t.refuse(`has the fused operator ${name}, which Loopsmith does not know`)))(t, X);

export const unaryOperators: TfTranslators = {
  ...Object.fromEntries(
    Object.entries(activations).map(([name, translate]): readonly [string, TfTranslator] => [name, (t) => translate(t, t.input(0, 'features'))]),
  ),
  Selu: unary('selu'),
  Softplus: unary('softplus'),
  Softsign: unary('softsign'),
  Prelu: (t) => t.emit('prelu', [t.input(0, 'x'), t.input(1, 'alpha')]),
  Exp: unary('exp'),
  Log: unary('log'),
  Sqrt: unary('sqrt'),
  Erf: unary('erf'),
  Abs: unary('absolute'),
  Neg: unary('negate'),
  Sign: unary('sign'),
  Reciprocal: unary('reciprocal'),
  Inv: unary('reciprocal'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Rint: unary('round'),
  LogicalNot: unary('not'),
  IsNan: unary('isNaN'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Tan: unary('tan'),
  Asin: unary('asin'),
  Acos: unary('acos'),
  Atan: unary('atan'),
  Sinh: unary('sinh'),
  Cosh: unary('cosh'),
  Asinh: unary('asinh'),
  Acosh: unary('acosh'),
  Atanh: unary('atanh'),
  Rsqrt: (t) => t.emit('reciprocal', [t.emit('sqrt', [t.input(0, 'x')])]),
  Square: (t) => {
    const X = t.input(0, 'x');
    return t.emit('multiply', [X, X]);
  },
  Log1p: (t) => logOfOneAnd(t, t.input(0, 'x')),
  Expm1: (t) => exponentialLessOne(t, t.input(0, 'x')),
  /** Bounds may be tensors. */
  ClipByValue: (t) => t.emit('min', [t.emit('max', [t.input(0, 't'), t.input(1, 'clip_value_min')]), t.input(2, 'clip_value_max')]),
};
