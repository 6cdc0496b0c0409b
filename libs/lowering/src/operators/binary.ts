/** Operators of two operands (and `where` of three) with numpy's broadcasting, element by element. */
import { binaryOperators as arithmetic, build, isFloat, valueDType, type Comparison, type Value } from '@loopsmith/ir';
import { axesOver } from './axes.js';
import { broadcastIndex, broadcastShape } from './broadcast.js';
import { labelOf } from './elementwise.js';
import { definitionOf, operator, shapeText, type Operator } from './operator.js';

/** Y = f(X, R), both of one dtype; X is the first operand and R the second. Refused: shapes that do not broadcast, dtypes that differ. */
const binary = (name: string, formula: (x: Value, r: Value) => Value, dtypeOf: 'operand' | 'bool' = 'operand'): Operator => operator((reading) => {
  const X = reading.input(0, 'X'), R = reading.input(1, 'R');
  if (X.dtype !== R.dtype) return reading.refuse(`takes operands of one dtype, not ${X.dtype} and ${R.dtype}; cast one of them`);
  const shape = broadcastShape(reading, [X.shape, R.shape]);
  const [at, axes] = axesOver(shape);
  const value = formula(build.load(X, ...broadcastIndex(X, at)), build.load(R, ...broadcastIndex(R, at)));
  return { definition: definitionOf('elementwise', [X, R], [build.stage('Y', dtypeOf === 'bool' ? 'bool' : X.dtype, axes, value)]), label: `${labelOf(name)} ${shapeText(shape)}` };
});

/*
 * The arithmetic operators are those of the IR under their own names, but for `max` and `min` of floats.
 * Integer `divide` truncates; `modulo` takes the divisor's sign, `remainder` the dividend's. `and`, `or`, `xor` are bitwise, on bool logical.
 */
/** Outputs are bool; NaN compares false except under notEqual. */
const comparisons: Readonly<Record<string, Comparison>> = { equal: '==', notEqual: '!=', less: '<', lessOrEqual: '<=', greater: '>', greaterOrEqual: '>=' };

/** Y = X where `condition` (bool) is not 0, else R; all three broadcast. Inputs: condition, X, R. Source: ONNX operator Where. */
const where = operator((reading) => {
  const condition = reading.input(0, 'condition'), X = reading.input(1, 'X'), R = reading.input(2, 'R');
  if (condition.dtype !== 'bool' || X.dtype !== R.dtype)
    return reading.refuse(`takes a bool condition and two operands of one dtype, not ${condition.dtype}, ${X.dtype} and ${R.dtype}`);
  const shape = broadcastShape(reading, [condition.shape, X.shape, R.shape]);
  const [at, axes] = axesOver(shape);
  const load = (tensor: typeof X): Value => build.load(tensor, ...broadcastIndex(tensor, at));
  const value = build.choose(load(condition), '!=', build.literal(0, 'bool'), load(X), load(R));
  return { definition: definitionOf('elementwise', [condition, X, R], [build.stage('Y', X.dtype, axes, value)]), label: `where ${shapeText(shape)}` };
});

/** The larger or smaller of two values; a NaN of either is handed on, where the IR's own operator passes over one on the right. */
const extremum = (name: 'max' | 'min'): Operator => binary(name, (x, r) => {
  const of = build.binary(name, x, r);
  return isFloat(valueDType(r)) ? build.choose(r, '!=', r, r, of) : of;
});

export const binaryOperators: Readonly<Record<string, Operator>> = {
  ...Object.fromEntries(arithmetic.map((name) => [name, binary(name, (x, r) => build.binary(name, x, r))])),
  ...Object.fromEntries(Object.entries(comparisons).map(([name, compare]) =>
    [name, binary(name, (x, r) => build.choose(x, compare, r, build.literal(1, 'bool'), build.literal(0, 'bool')), 'bool')])),
  max: extremum('max'), min: extremum('min'),
  /** X, or X * R below 0: R is the slope, broadcast as any second operand ([c,1,1] for a slope per channel). */
  prelu: binary('prelu', (x, slope) => build.choose(x, '<', build.literal(0, valueDType(x)), build.binary('multiply', x, slope), x)),
  where,
};
