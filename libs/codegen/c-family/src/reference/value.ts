/**
 * Prints values of a definition as C expressions of the reference: floats of every kind as `double`, integers and bool as
 * `int64_t` that every operator wraps to their dtype. Unsigned 64-bit values of 2^63 and more are not represented.
 */
import {
  addressOf, isFloat, isWidening, plainLayout, roundTo, shapeOf, valueDType,
  type Atom, type BinaryOperator, type DType, type Guard, type Index, type Tensor, type UnaryOperator, type Value,
} from '@loopsmith/ir';
import type { Helper } from './helpers.js';

/** Where a tensor lies in the C text. */
export interface Place { readonly tensor: Tensor; readonly name: string; /** Held as stored (inputs: 16-bit floats are bits) or widened. */ readonly raw: boolean }

export interface Names {
  place(tensor: string): Place;
  variable(name: string): string;
  /** Marks a helper as used. */
  use(helper: Helper): Helper;
}

export const valueInC = (value: Value, names: Names): string => {
  switch (value.kind) {
    case 'constant':
      return numberInC(value.dtype, value.value);
    case 'index':
      return `(int64_t)(${indexInC(value.of, names)})`;
    case 'load':
      return loadInC(value.tensor, value.at, names);
    case 'cast':
      return castInC(valueDType(value.of), value.dtype, valueInC(value.of, names), names);
    case 'binary':
      return binaryInC(value.operator, valueDType(value.left), valueInC(value.left, names), valueInC(value.right, names), names);
    case 'unary':
      return unaryInC(value.operator, valueDType(value.of), valueInC(value.of, names), names);
    case 'select':
      return `(${guardInC(value.when, names)} ? ${valueInC(value.then, names)} : ${valueInC(value.otherwise, names)})`;
    case 'choose':
      return `(${valueInC(value.left, names)} ${value.compare} ${valueInC(value.right, names)} ? ${valueInC(value.then, names)} : ${valueInC(value.otherwise, names)})`;
    default:
      return value satisfies never;
  }
};

/** A number of a dtype as a constant of the reference: `double` or `int64_t`. */
export const numberInC = (dtype: DType, value: number): string => {
  const rounded = roundTo(dtype, value);
  if (!isFloat(dtype)) {
    const whole = BigInt(rounded);
    if (whole <= -(2n ** 63n)) return 'INT64_MIN';
    return whole >= 2n ** 63n ? 'INT64_MAX' : `INT64_C(${whole})`;
  }
  if (Number.isNaN(rounded)) return 'NAN';
  if (!Number.isFinite(rounded)) return rounded > 0 ? 'INFINITY' : '(-INFINITY)';
  const text = Object.is(rounded, -0) ? '-0' : String(rounded);
  const whole = /[.e]/.test(text) ? text : `${text}.0`;
  return whole.startsWith('-') ? `(${whole})` : whole;
};

/** The C type that holds an element of a dtype as it is stored. */
export const storedType: Readonly<Record<DType, string>> = {
  f32: 'float', f64: 'double', f16: 'uint16_t', bf16: 'uint16_t', i8: 'int8_t', u8: 'uint8_t', i16: 'int16_t', u16: 'uint16_t',
  i32: 'int32_t', u32: 'uint32_t', i64: 'int64_t', u64: 'uint64_t', bool: 'uint8_t',
};
/** The C type that holds an element of a stage: wide for every float. */
export const widenedType = (dtype: DType): string => (isFloat(dtype) ? 'double' : storedType[dtype]);

/** An integer result wrapped to its dtype. */
const wrapped = (dtype: DType, text: string): string =>
  dtype === 'bool' ? `(int64_t)(${text} != 0)` : dtype === 'i64' || dtype === 'u64' ? text : `(int64_t)(${storedType[dtype]})${text}`;

export const castInC = (from: DType, to: DType, of: string, names: Names): string => {
  if ((from === to && !(to === 'f32' || to === 'f16' || to === 'bf16')) || isWidening(from, to)) return of;
  switch (to) {
    case 'f64': return `(double)${of}`;
    case 'f32': return `(double)(float)${of}`;
    case 'f16': return `${names.use('round_f16')}((double)${of})`;
    case 'bf16': return `${names.use('round_bf16')}((double)${of})`;
    case 'bool': return `(int64_t)(${of} != 0)`;
    default: return wrapped(to, isFloat(from) ? `${names.use('to_integer')}(${of})` : of);
  }
};

const floatFunctions: Partial<Record<BinaryOperator | UnaryOperator, string>> = {
  power: 'pow', remainder: 'fmod', atan2: 'atan2', absolute: 'fabs', truncate: 'trunc', round: 'nearbyint',
};
const floatHelpers: Partial<Record<BinaryOperator, Helper>> = { max: 'max_double', min: 'min_double', modulo: 'modulo_double' };
const integerHelpers: Partial<Record<BinaryOperator, Helper>> = {
  add: 'add_integer', subtract: 'subtract_integer', multiply: 'multiply_integer', divide: 'divide_integer', max: 'max_integer', min: 'min_integer',
  modulo: 'modulo_integer', remainder: 'remainder_integer', power: 'power_integer', shiftLeft: 'shift_left', shiftRight: 'shift_right',
};
const infix: Partial<Record<BinaryOperator, string>> = { add: '+', subtract: '-', multiply: '*', divide: '/' };
const bitwise: Partial<Record<BinaryOperator, string>> = { and: '&', or: '|', xor: '^' };

export const binaryInC = (operator: BinaryOperator, dtype: DType, left: string, right: string, names: Names): string => {
  if (isFloat(dtype)) {
    const symbol = infix[operator], helper = floatHelpers[operator];
    if (symbol !== undefined) return `(${left} ${symbol} ${right})`;
    return `${helper === undefined ? floatFunctions[operator] ?? operator : names.use(helper)}(${left}, ${right})`;
  }
  const symbol = bitwise[operator], helper = integerHelpers[operator];
  if (symbol !== undefined) return wrapped(dtype, `(${left} ${symbol} ${right})`);
  if (helper === undefined) return wrapped(dtype, `${names.use('to_integer')}(${floatFunctions[operator] ?? operator}((double)${left}, (double)${right}))`);
  return wrapped(dtype, `${names.use(helper)}(${left}, ${right})`);
};

const unaryInC = (operator: UnaryOperator, dtype: DType, of: string, names: Names): string => {
  switch (operator) {
    case 'negate': return isFloat(dtype) ? `(-${of})` : wrapped(dtype, `${names.use('subtract_integer')}(0, ${of})`);
    case 'not': return dtype === 'bool' ? `(int64_t)(${of} == 0)` : wrapped(dtype, `(~${of})`);
    case 'absolute': if (!isFloat(dtype)) return wrapped(dtype, `${names.use('max_integer')}(${of}, ${names.use('subtract_integer')}(0, ${of}))`); break;
    case 'floor': case 'ceil': case 'round': case 'truncate': if (!isFloat(dtype)) return of; break;
    default: break;
  }
  const name = floatFunctions[operator] ?? operator;
  return isFloat(dtype) ? `${name}(${of})` : wrapped(dtype, `${names.use('to_integer')}(${name}((double)${of}))`);
};

/** The element at logical coordinates, as a value: row-major, widened. */
const loadInC = (tensor: string, at: readonly Index[], names: Names): string => {
  const { tensor: found, name, raw } = names.place(tensor);
  const element = `${name}[${indexInC(addressOf(plainLayout(shapeOf(found)), at), names)}]`;
  if (!isFloat(found.dtype)) return `(int64_t)${element}`;
  if (raw && found.dtype === 'f16') return `${names.use('from_f16')}(${element})`;
  if (raw && found.dtype === 'bf16') return `${names.use('from_bf16')}(${element})`;
  return raw && found.dtype === 'f32' ? `(double)${element}` : element;
};

const guardInC = (guard: Guard, names: Names): string => (guard.length === 0 ? '1' : guard.map((index) => `${indexInC(index, names)} >= 0`).join(' && '));

/** `int64_t` arithmetic. An index never divides what is below zero, so that C's division is the floor. */
const indexInC = ({ constant, terms }: Index, names: Names): string => {
  const parts = terms.map(({ coefficient, atom }) =>
    coefficient === 1 ? atomInC(atom, names) : coefficient === -1 ? `-${atomInC(atom, names)}` : `${coefficient}*${atomInC(atom, names)}`,
  );
  return [...parts, ...(constant === 0 && parts.length > 0 ? [] : [`${constant}`])].join(' + ').replaceAll('+ -', '- ');
};

const atomInC = (atom: Atom, names: Names): string => {
  switch (atom.kind) {
    case 'variable': return names.variable(atom.name);
    case 'floorDivision': return `((${indexInC(atom.index, names)}) / ${atom.divisor})`;
    // a promise that the data breaks must not become an address outside the tensor
    case 'indirect': return `${names.use('clamp')}(${loadInC(atom.buffer, atom.at, names)}, ${atom.first}, ${atom.last})`;
    default: return atom satisfies never;
  }
};
