/**
 * Arithmetic: what every operator means on numbers, by dtype. The one source of meaning for `evaluate`, for interpreting
 * loops and for folding constants; emitters spell the same in C. Rounds integers, never floats: a float stage is computed
 * in double and rounded once, where it is stored.
 *
 * Integers wrap as two's complement does. Integer division by zero is 0, and so are both remainders by zero. A shift by as
 * many bits as the type has, by more or by fewer than none leaves what shifting bit by bit ends with: 0, or -1 for what is
 * negative and goes right. A float becomes an integer by truncation, then wraps; NaN and what 64 bits with a sign cannot hold
 * become 0. max and min answer their left operand unless the right one is beyond it: a NaN on the left is handed on, one on
 * the right is passed over. 64-bit integers are exact up to 2^53.
 */
import { isFloat, type DType } from '../dtype.js';
import { roundTo } from './data.js';
import type { BinaryOperator, UnaryOperator } from './operation.js';
import type { ReductionOperator } from './tensor.js';

type BinaryFunction = (a: number, b: number) => number;
type UnaryFunction = (a: number) => number;

/** The function of an operator on operands of one dtype; its result is a value of that dtype. */
export const binaryFunction = (operator: BinaryOperator, dtype: DType): BinaryFunction => {
  if (isFloat(dtype)) return floatBinary[operator];
  const wrapped = integerBinary(operator, dtype);
  return (a, b) => roundTo(dtype, wrapped(a, b));
};

export const unaryFunction = (operator: UnaryOperator, dtype: DType): UnaryFunction => {
  if (operator === 'not') return dtype === 'bool' ? (a) => (a === 0 ? 1 : 0) : (a) => roundTo(dtype, -1 - a);
  const plain = floatUnary[operator];
  return isFloat(dtype) ? plain : (a) => roundTo(dtype, held(plain(a)));
};

/** What a reduction does to its accumulator with every term. */
export const operatorOfReduction = (operator: ReductionOperator): BinaryOperator => (operator === 'sum' ? 'add' : operator === 'product' ? 'multiply' : operator);

const floatRank: Partial<Record<DType, number>> = { f16: 0, bf16: 0, f32: 1, f64: 2 };
/** Whether every value of one float type is exactly one of another, longer one. */
export const isWidening = (from: DType, to: DType): boolean => (floatRank[from] ?? Infinity) < (floatRank[to] ?? -1);
/** What 64 bits with a sign can hold, and 0 in place of the rest. */
const held: UnaryFunction = (value) => (value >= -(2 ** 63) && value < 2 ** 63 ? value : 0);
/**
 * A value of `from` as one of `to`. Widening a float rounds nothing: what has not been stored is still a double; a cast of a float to its own dtype
 * rounds that double as storing it would.
 */
export const castFunction = (from: DType, to: DType): UnaryFunction => {
  if (isFloat(from) && !isFloat(to) && to !== 'bool') return (value) => roundTo(to, held(value));
  return isWidening(from, to) ? (value) => value : (value) => roundTo(to, value);
};

/** x rounded to the nearest integer, halves to even. */
const roundHalfToEven = (x: number): number => {
  if (!Number.isFinite(x)) return x;
  const down = Math.floor(x), rest = x - down;
  const rounded = rest < 0.5 || (rest === 0.5 && down % 2 === 0) ? down : down + 1;
  return rounded === 0 && x < 0 ? -0 : rounded;
};

/**
 * The error function to within some 1e-15 (Abramowitz and Stegun): near zero by 7.1.6, erf(x) = 2/sqrt(pi) exp(-x^2) sum of
 * 2^n x^(2n+1) / (2n+1)!!; far from it by 7.1.14, 1 - erf(x) = exp(-x^2) / sqrt(pi) / (x + (1/2)/(x + (2/2)/(x + (3/2)/(x + ..)))).
 */
const erf = (x: number): number => {
  const size = Math.abs(x);
  if (Number.isNaN(x) || size > 6) return Math.sign(x);
  if (size > 3) {
    let fraction = 0;
    for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
    return Math.sign(x) * (1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (size + fraction));
  }
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
};

/** C's pow where JavaScript's differs: 1^anything and (-1)^infinity are 1. */
const power: BinaryFunction = (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b);
const remainder: BinaryFunction = (a, b) => a % b;
const modulo: BinaryFunction = (a, b) => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};
const notForFloats = (operator: string): BinaryFunction => () => { throw new Error(`${operator} has no meaning on floats`); };

const floatBinary: Readonly<Record<BinaryOperator, BinaryFunction>> = {
  add: (a, b) => a + b, subtract: (a, b) => a - b, multiply: (a, b) => a * b, divide: (a, b) => a / b,
  max: (a, b) => (b > a ? b : a), min: (a, b) => (b < a ? b : a), power, modulo, remainder, atan2: Math.atan2,
  and: notForFloats('and'), or: notForFloats('or'), xor: notForFloats('xor'),
  shiftLeft: notForFloats('shiftLeft'), shiftRight: notForFloats('shiftRight'),
};

const floatUnary: Readonly<Record<Exclude<UnaryOperator, 'not'>, UnaryFunction>> = {
  negate: (a) => -a, absolute: Math.abs, exp: Math.exp, log: Math.log, sqrt: Math.sqrt, tanh: Math.tanh, erf,
  floor: Math.floor, ceil: Math.ceil, round: roundHalfToEven, truncate: Math.trunc,
  sin: Math.sin, cos: Math.cos, tan: Math.tan, asin: Math.asin, acos: Math.acos, atan: Math.atan,
  sinh: Math.sinh, cosh: Math.cosh, asinh: Math.asinh, acosh: Math.acosh, atanh: Math.atanh,
};

/** Before wrapping. */
const integerBinary = (operator: BinaryOperator, dtype: DType): BinaryFunction => {
  const wide = dtype === 'i64' || dtype === 'u64';
  switch (operator) {
    case 'add': case 'subtract': case 'max': case 'min': case 'atan2': return floatBinary[operator];
    case 'multiply': return wide ? floatBinary.multiply : Math.imul;
    case 'divide': return (a, b) => (b === 0 ? 0 : a / b);
    case 'modulo': return (a, b) => (b === 0 ? 0 : modulo(a, b));
    case 'remainder': return (a, b) => (b === 0 ? 0 : a % b);
    case 'power': return (base, exponent) => integerPower(base, exponent, integerBinary('multiply', dtype));
    // a power of two times an integer is exact in double, and rounding wraps it
    case 'shiftLeft': return (a, b) => (b >= 0 && b < 64 ? a * 2 ** b : 0);
    case 'shiftRight': return (a, b) => (b >= 0 && b < 64 ? Math.floor(a / 2 ** b) : a < 0 ? -1 : 0);
    case 'and': return wide ? (a, b) => Number(BigInt(a) & BigInt(b)) : (a, b) => a & b;
    case 'or': return wide ? (a, b) => Number(BigInt(a) | BigInt(b)) : (a, b) => a | b;
    case 'xor': return wide ? (a, b) => Number(BigInt(a) ^ BigInt(b)) : (a, b) => a ^ b;
    default: return operator satisfies never;
  }
};

/** By squaring, so that it wraps as repeated multiplication does. A negative exponent truncates: 0 unless the base is 1 or -1. */
const integerPower = (base: number, exponent: number, multiply: BinaryFunction): number => {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  for (let left = exponent, square = base; left > 0; left = Math.floor(left / 2), square = multiply(square, square))
    if (left % 2 === 1) result = multiply(result, square);
  return result;
};
