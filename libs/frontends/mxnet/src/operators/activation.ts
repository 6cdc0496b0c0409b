/** Activations and other functions of one operand, element by element. */
import { exponentialLessOne, logOfOneAnd, scalarLike } from '@loopsmith/frontend-shared';
import type { GraphTensor } from '@loopsmith/ir';
import type { MxnetTranslation, MxnetTranslator, MxnetTranslators } from '../translation.js';

const of = (operator: string): MxnetTranslator => (t) => t.emit(operator, [t.input(0, 'data')]);
const scaledOf = (operator: string, factor: number): MxnetTranslator => (t) => {
  const Y = t.emit(operator, [t.input(0, 'data')]);
  return t.emit('multiply', [Y, scalarLike(t, Y, factor)]);
};
const times = (factor: number): MxnetTranslator => (t) => { const X = t.input(0, 'data'); return t.emit('multiply', [X, scalarLike(t, X, factor)]); };
const logSigmoid: MxnetTranslator = (t) => t.emit('negate', [t.emit('softplus', [t.emit('negate', [t.input(0, 'data')])])]);

/** Each is also an operator by itself. */
const byType: MxnetTranslators = {
  relu: of('relu'),
  sigmoid: of('sigmoid'),
  tanh: of('tanh'),
  softrelu: of('softplus'),
  softsign: of('softsign'),
  log_sigmoid: logSigmoid,
  mish: of('mish'),
};

/** Slope per channel, which is axis 1. */
const prelu = (t: MxnetTranslation, X: GraphTensor): GraphTensor => {
  const slope = t.input(1, 'gamma');
  return t.emit('prelu', [X, slope.shape.length === 1 && slope.shape[0] !== 1 ? t.emit('reshape', [slope], { shape: [...slope.shape, ...X.shape.slice(2).map(() => 1)] }) : slope]);
};
/** Source of the defaults: MXNet operator LeakyReLU. A random slope is at inference the middle of its bounds. */
const leaky: MxnetTranslator = (t) => {
  const X = t.input(0, 'data'), type = t.attributes.text('act_type', 'leaky'), slope = t.attributes.number('slope', 0.25);
  switch (type) {
    case 'leaky': return t.emit('leakyRelu', [X], { alpha: Math.fround(slope) });
    case 'elu': return t.emit('elu', [X], { alpha: Math.fround(slope) });
    case 'rrelu': return t.emit('leakyRelu', [X], { alpha: (t.attributes.number('lower_bound', 0.125) + t.attributes.number('upper_bound', 0.334)) / 2 });
    case 'selu': return t.emit('selu', [X]);
    case 'gelu': return t.emit('gelu', [X]);
    case 'gelu_tanh': return t.emit('gelu', [X], { approximate: 'tanh' });
    case 'prelu': return prelu(t, X);
    default: return t.refuse(`has act_type ${type}; Loopsmith knows leaky, elu, rrelu, selu, gelu, gelu_tanh and prelu`);
  }
};

/** floor(|X| + shift) with the sign of X. */
const awayFromZero = (shift: number): MxnetTranslator => (t) => {
  const X = t.input(0, 'data'), size = t.emit('absolute', [X]);
  return t.emit('multiply', [t.emit('sign', [X]), t.emit('floor', [shift === 0 ? size : t.emit('add', [size, scalarLike(t, X, shift)])])]);
};
/** With the sign of X. */
export const cubeRoot = (t: MxnetTranslation, X: GraphTensor): GraphTensor => t.emit('multiply', [t.emit('sign', [X]), t.emit('power', [t.emit('absolute', [X]), scalarLike(t, X, 1 / 3)])]);

export const activations: MxnetTranslators = {
  ...byType,
  Activation: (t) => {
    const type = t.attributes.text('act_type');
    return (Object.hasOwn(byType, type) ? byType[type]! : () => t.refuse(`has act_type ${type}; Loopsmith knows ${Object.keys(byType).join(', ')}`))(
      t,
    );
  },
  LeakyReLU: leaky,
  erf: of('erf'),
  hard_sigmoid: (t) =>
    t.emit('hardSigmoid', [t.input(0, 'data')], { alpha: t.attributes.number('alpha', 0.2), beta: t.attributes.number('beta', 0.5) }),
  clip: (t) => t.emit('clip', [t.input(0, 'data')], { min: t.attributes.number('a_min'), max: t.attributes.number('a_max') }),
  exp: of('exp'),
  log: of('log'),
  log2: scaledOf('log', Math.LOG2E),
  log10: scaledOf('log', Math.LOG10E),
  sqrt: of('sqrt'),
  abs: of('absolute'),
  negative: of('negate'),
  reciprocal: of('reciprocal'),
  sign: of('sign'),
  log1p: (t) => logOfOneAnd(t, t.input(0, 'data')),
  expm1: (t) => exponentialLessOne(t, t.input(0, 'data')),
  square: (t) => {
    const X = t.input(0, 'data');
    return t.emit('multiply', [X, X]);
  },
  rsqrt: (t) => t.emit('reciprocal', [t.emit('sqrt', [t.input(0, 'data')])]),
  cbrt: (t) => cubeRoot(t, t.input(0, 'data')),
  rcbrt: (t) => t.emit('reciprocal', [cubeRoot(t, t.input(0, 'data'))]),
  floor: of('floor'),
  ceil: of('ceil'),
  round: awayFromZero(0.5),
  fix: awayFromZero(0),
  trunc: awayFromZero(0),
  /** To the nearest integer, halves downward. */
  rint: (t) => {
    const X = t.input(0, 'data');
    return t.emit('ceil', [t.emit('subtract', [X, scalarLike(t, X, 0.5)])]);
  },
  sin: of('sin'),
  cos: of('cos'),
  tan: of('tan'),
  arcsin: of('asin'),
  arccos: of('acos'),
  arctan: of('atan'),
  sinh: of('sinh'),
  cosh: of('cosh'),
  arcsinh: of('asinh'),
  arccosh: of('acosh'),
  arctanh: of('atanh'),
  degrees: times(180 / Math.PI),
  radians: times(Math.PI / 180),
};
