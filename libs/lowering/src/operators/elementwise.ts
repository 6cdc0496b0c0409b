/** Operators of one operand that map every element by the same formula: Y[i] = f(X[i]), same shape. Formulas are composed from the values of the IR. */
import { build, dtypes, unaryOperators, valueDType, type Value } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { castTo, definitionOf, operator, shapeText, type Operator, type Reading } from './operator.js';

/** The formula over one element. The result's dtype is the output's. */
type Formula = (x: Value, reading: Reading) => Value;

const elementwise = (name: string, formula: Formula): Operator => operator((reading) => {
  const X = reading.input(0, 'X');
  const [at, axes] = axesOver(X.shape);
  const value = formula(build.load(X, ...at), reading);
  return { definition: definitionOf('elementwise', [X], [build.stage('Y', valueDType(value), axes, value)]), label: `${labelOf(name)} ${shapeText(X.shape)}` };
});

/** `leakyRelu` reads `leaky_relu` in labels. */
export const labelOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** A number as a constant of the dtype of `like`. */
const number = (like: Value, value: number): Value => build.literal(value, valueDType(like));
type Part = Value | number;
const pair = (operator: Parameters<typeof build.binary>[0]) => (left: Part, right: Part): Value => {
  const like = typeof left === 'number' ? right : left;
  if (typeof like === 'number') throw new Error('a formula needs at least one value');
  return build.binary(operator, typeof left === 'number' ? number(like, left) : left, typeof right === 'number' ? number(like, right) : right);
};
const add = pair('add'), minus = pair('subtract'), times = pair('multiply'), over = pair('divide'), max = pair('max'), min = pair('min');
const exp = (of: Value): Value => build.unary('exp', of);

const sigmoid = (x: Value): Value => over(1, add(exp(build.unary('negate', x)), 1));
/** log(1 + exp x) without overflow: max(x, 0) + log(1 + exp -|x|). */
const softplus = (x: Value): Value => add(max(x, 0), build.unary('log', add(exp(build.unary('negate', build.unary('absolute', x))), 1)));
/** scale * x above 0, and scale * alpha * (exp x - 1) at and below it. */
const exponentialLinear = (x: Value, alpha: number): Value => build.choose(x, '>', number(x, 0), x, times(minus(exp(x), 1), alpha));
const truth = (value: boolean): Value => build.literal(value ? 1 : 0, 'bool');

const formulas: Readonly<Record<string, Formula>> = {
  /** Y is X; the graph passes remove it wherever it may go. */
  identity: (x) => x,
  /** X rounded as storing it rounds, for a formula that goes on with it and must not see more digits: the last step before a whole number is taken. */
  asStored: (x) => build.cast(valueDType(x), x),
  /** max(X, 0). */
  relu: (x) => max(x, 0),
  /** X, or alpha * X (0.01) below 0. */
  leakyRelu: (x, reading) => build.choose(x, '<', number(x, 0), times(x, reading.number('alpha', 0.01)), x),
  /** X above alpha (1), else 0. */
  thresholdedRelu: (x, reading) => build.choose(x, '>', number(x, reading.number('alpha', 1)), x, number(x, 0)),
  /** X, or alpha * (exp X - 1) at and below 0; alpha 1. */
  elu: (x, reading) => exponentialLinear(x, reading.number('alpha', 1)),
  /** gamma * (X, or alpha * (exp X - 1) at and below 0). Constants: Klambauer et al., "Self-Normalizing Neural Networks", 2017. */
  selu: (x, reading) => times(exponentialLinear(x, reading.number('alpha', 1.67326319217681884765625)), reading.number('gamma', 1.05070102214813232421875)),
  /** max(0, X) + min(0, alpha * (exp(X / alpha) - 1)); alpha 1. */
  celu: (x, reading) => {
    const alpha = reading.number('alpha', 1);
    return add(max(x, 0), min(times(minus(exp(over(x, alpha)), 1), alpha), 0));
  },
  /** 1 / (1 + exp -X). */
  sigmoid,
  /** max(0, min(1, alpha * X + beta)); alpha 0.2, beta 0.5. */
  hardSigmoid: (x, reading) => max(min(add(times(x, reading.number('alpha', 0.2)), reading.number('beta', 0.5)), 1), 0),
  /** X * max(0, min(1, X / 6 + 1/2)). */
  hardSwish: (x) => times(x, max(min(add(times(x, 1 / 6), 0.5), 1), 0)),
  /** X * sigmoid(alpha * X); alpha 1. */
  swish: (x, reading) => {
    const alpha = reading.number('alpha', 1);
    return times(x, sigmoid(alpha === 1 ? x : times(x, alpha)));
  },
  /** log(1 + exp X). */
  softplus,
  /** X / (1 + |X|). */
  softsign: (x) => over(x, add(build.unary('absolute', x), 1)),
  /** X * tanh(log(1 + exp X)). */
  mish: (x) => times(x, build.unary('tanh', softplus(x))),
  /** X/2 * (1 + erf(X / sqrt 2)); with approximate "tanh": X/2 * (1 + tanh(sqrt(2/pi) * (X + 0.044715 X^3))). Hendrycks and Gimpel, 2016. */
  gelu: (x, reading) => {
    const inner = reading.word('approximate', ['none', 'tanh']) === 'none'
      ? build.unary('erf', times(x, Math.SQRT1_2))
      : build.unary('tanh', times(add(x, times(times(times(x, x), x), 0.044715)), Math.sqrt(2 / Math.PI)));
    return times(times(x, 0.5), add(inner, 1));
  },
  /** X held between min and max; either may be absent. */
  clip: (x, reading) => {
    const low = reading.number('min', -Infinity), high = reading.number('max', Infinity);
    const raised = low === -Infinity ? x : max(x, low);
    return high === Infinity ? raised : min(raised, high);
  },
  /** 1 / X. */
  reciprocal: (x) => over(1, x),
  /** -1, 0 or 1. */
  sign: (x) => build.choose(x, '>', number(x, 0), number(x, 1), build.choose(x, '<', number(x, 0), number(x, -1), number(x, 0))),
  /** bool: whether X is not a number. */
  isNaN: (x) => build.choose(x, '!=', x, truth(true), truth(false)),
  /** X converted to dtype `to`: floats to integers truncate. */
  cast: (x, reading) => castTo(reading.word('to', dtypes), x),
};

/** By operator name: the formulas above, and each unary operator of the IR under its own name (exp, sqrt, negate, ..). */
export const elementwiseOperators: Readonly<Record<string, Operator>> = Object.fromEntries([
  ...Object.entries(formulas).map(([name, formula]) => [name, elementwise(name, formula)] as const),
  ...unaryOperators.map((name) => [name, elementwise(name, (x) => build.unary(name, x))] as const),
]);
