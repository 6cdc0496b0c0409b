/**
 * The arithmetic of values spelled in JavaScript, for programs that are compiled to run here. Floats are computed in double
 * and not rounded; integers up to 32 bits wrap after every operation, 64-bit ones are doubles (exact to 2^53). Knows no
 * memory, loops or names.
 */
import { isFloat, type DType } from '../dtype.js';
import { roundTo } from '../tensor/data.js';
import type { BinaryOperator, Comparison, UnaryOperator } from '../tensor/tensor.js';

/**
 * The error function to double precision: erf(x) = 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (2n+1)!!, whose terms all have
 * one sign (Abramowitz and Stegun, 7.1.6). Beyond 6 it is 1 to the last bit.
 */
const erf = (x: number): number => {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x, total = x;
  for (let n = 1; Math.abs(term) > Math.abs(total) * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
};

/** Ties to even. */
const roundHalfToEven = (x: number): number => {
  const down = Math.floor(x), rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
};

const bitwise64 = (operator: 'and' | 'or' | 'xor' | 'shiftLeft' | 'shiftRight', unsigned: boolean, left: number, right: number): number => {
  const a = BigInt(left), b = BigInt(right);
  const exact = operator === 'and' ? a & b : operator === 'or' ? a | b : operator === 'xor' ? a ^ b : operator === 'shiftLeft' ? a << b : a >> b;
  return Number(unsigned ? BigInt.asUintN(64, exact) : BigInt.asIntN(64, exact));
};

/** The remainder with the sign of the divisor. */
const modulo = (left: number, right: number): number => {
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
};

/** What the spelled code calls: it must run with `helpers` in scope under this name. */
export const helpers = { erf, roundHalfToEven, bitwise64, modulo, roundTo } as const;

/** A number as JavaScript. */
export const spellNumber = (value: number): string => (Object.is(value, -0) ? '-0' : value < 0 ? `(${value})` : String(value));

/** `text` converted to `dtype` as a store or a cast does. */
export const spellCast = (dtype: DType, text: string): string => {
  switch (dtype) {
    case 'f64': return text;
    case 'f32': return `Math.fround(${text})`;
    case 'f16': case 'bf16': return `helpers.roundTo('${dtype}', ${text})`;
    case 'i64': case 'u64': return `Math.trunc(${text})`;
    case 'bool': return `(${text} === 0 ? 0 : 1)`;
    default: return result(dtype, text);
  }
};

/** The result of an operation on `dtype`: integers wrap in two's complement, floats and 64-bit integers stay as computed. */
const result = (dtype: DType, text: string): string => {
  switch (dtype) {
    case 'f64': case 'f32': case 'f16': case 'bf16': case 'i64': case 'u64': return `(${text})`;
    case 'i8': return `((${text}) << 24 >> 24)`;
    case 'u8': return `((${text}) & 255)`;
    case 'i16': return `((${text}) << 16 >> 16)`;
    case 'u16': return `((${text}) & 65535)`;
    case 'i32': return `((${text}) | 0)`;
    case 'u32': return `((${text}) >>> 0)`;
    case 'bool': return `((${text}) ? 1 : 0)`;
    default: return dtype satisfies never;
  }
};

/** `left operator right` on operands of one dtype. */
export const spellBinary = (operator: BinaryOperator, dtype: DType, left: string, right: string): string => {
  const wide = dtype === 'i64' || dtype === 'u64';
  switch (operator) {
    case 'add': return result(dtype, `${left} + ${right}`);
    case 'subtract': return result(dtype, `${left} - ${right}`);
    case 'multiply': return result(dtype, dtype === 'i32' || dtype === 'u32' ? `Math.imul(${left}, ${right})` : `${left} * ${right}`);
    case 'divide': return isFloat(dtype) ? `(${left} / ${right})` : wide ? `Math.trunc(${left} / ${right})` : result(dtype, `${left} / ${right}`);
    case 'max': return `Math.max(${left}, ${right})`;
    case 'min': return `Math.min(${left}, ${right})`;
    case 'power': return result(dtype, `Math.pow(${left}, ${right})`);
    case 'modulo': return result(dtype, `helpers.modulo(${left}, ${right})`);
    case 'remainder': return result(dtype, `${left} % ${right}`);
    case 'atan2': return `Math.atan2(${left}, ${right})`;
    case 'and': case 'or': case 'xor': case 'shiftLeft': case 'shiftRight': {
      if (isFloat(dtype)) throw new Error(`${operator} has no meaning on ${dtype}`);
      if (wide) return `helpers.bitwise64('${operator}', ${dtype === 'u64'}, ${left}, ${right})`;
      const symbol = { and: '&', or: '|', xor: '^', shiftLeft: '<<', shiftRight: dtype === 'u32' ? '>>>' : '>>' }[operator];
      return result(dtype, `${left} ${symbol} ${right}`);
    }
    default: return operator satisfies never;
  }
};

export const spellUnary = (operator: UnaryOperator, dtype: DType, of: string): string => {
  switch (operator) {
    case 'negate': return result(dtype, `-${of}`);
    case 'absolute': return result(dtype, `Math.abs(${of})`);
    case 'erf': return `helpers.erf(${of})`;
    case 'round': return isFloat(dtype) ? `helpers.roundHalfToEven(${of})` : of;
    case 'truncate': return `Math.trunc(${of})`;
    case 'not': return dtype === 'bool' ? `(${of} === 0 ? 1 : 0)` : dtype === 'i64' || dtype === 'u64' ? `helpers.bitwise64('xor', ${dtype === 'u64'}, ${of}, -1)` : result(dtype, `~${of}`);
    case 'exp': case 'log': case 'sqrt': case 'tanh': case 'floor': case 'ceil': case 'sin': case 'cos': case 'tan': case 'asin': case 'acos': case 'atan':
    case 'sinh': case 'cosh': case 'asinh': case 'acosh': case 'atanh': return `Math.${operator}(${of})`;
    default: return operator satisfies never;
  }
};

export const spellComparison = (compare: Comparison, left: string, right: string): string =>
  `(${left} ${compare === '==' ? '===' : compare === '!=' ? '!==' : compare} ${right})`;
