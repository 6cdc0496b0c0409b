/** Tensor values held in memory, row-major, typed by their dtype. Knows how to widen to numbers and back; does no arithmetic. */
import { elementArray, onDemand, product, type ElementArray } from '@loopsmith/util';
import type { DType, TensorType } from '../dtype.js';

export type NumericArray = ElementArray;
/** `values` may be made when they are first read: who only needs to know how many there are asks the shape. */
export interface TensorData extends TensorType { readonly values: NumericArray }

/** An array that computations in doubles can use: of the dtype where its elements read as numbers, else doubles. */
export type Numbers = Exclude<NumericArray, BigInt64Array | BigUint64Array>;
/** f16, bf16 and 64-bit integers have no array that computes: they are kept in doubles, and what is stored there is rounded first. */
export const keptInDoubles = (dtype: DType): boolean => dtype === 'f16' || dtype === 'bf16' || dtype === 'i64' || dtype === 'u64';
export const numbersFor = (dtype: DType, length: number): Numbers => (keptInDoubles(dtype) ? new Float64Array(length) : (elementArray(dtype, length) as Numbers));
/** Data whose values are made when they are first read, as many as the shape says. To copy such an object field by field is to make them. */
export const dataOnDemand = (dtype: DType, shape: readonly number[], make: () => NumericArray): TensorData => {
  const values = onDemand(() => {
    const made = make(), count = product(shape);
    if (made.length !== count) throw new Error(`${made.length} values were made for the shape [${shape.join(',')}]`);
    return made;
  });
  return { dtype, shape, get values() { return values(); } };
};
export const bytesOfData = (data: TensorData): Uint8Array => new Uint8Array(data.values.buffer, data.values.byteOffset, data.values.byteLength);

const scratch = new DataView(new ArrayBuffer(8));

/** IEEE 754 binary16 bits to a number, exactly. */
export const halfToNumber = (bits: number): number => {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
};

/** The nearest binary16, ties to even. */
const numberToHalf = (value: number): number => {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0, size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  const exponent = Math.max(-14, Math.floor(Math.log2(size || 2 ** -24)));
  const unit = 2 ** (Math.max(-14, size >= 2 ** (exponent + 1) ? exponent + 1 : exponent) - 10);
  const scaled = size / unit, down = Math.floor(scaled), rest = scaled - down;
  const rounded = rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
  const result = rounded * unit;
  if (result < 2 ** -14) return sign | Math.round(result / 2 ** -24);
  const e = Math.floor(Math.log2(result));
  return sign | ((e + 15) << 10) | Math.round((result / 2 ** e - 1) * 1024);
};

const bfloatToNumber = (bits: number): number => { scratch.setUint32(0, (bits << 16) >>> 0); return scratch.getFloat32(0); };
/** The nearest of the nearest f32, ties to even both times: kernels compute in f32, and references round as they do. */
const numberToBfloat = (value: number): number => {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
};

/** The value of `dtype` nearest to a double: what storing it rounds to. Integers wrap as C's conversions on two's complement do. */
export const roundTo = (dtype: DType, value: number): number => {
  switch (dtype) {
    case 'f64': return value;
    case 'f32': return Math.fround(value);
    case 'f16': return halfToNumber(numberToHalf(value));
    case 'bf16': return bfloatToNumber(numberToBfloat(value));
    case 'i8': return (Math.trunc(value) << 24) >> 24;
    case 'u8': return Math.trunc(value) & 255;
    case 'i16': return (Math.trunc(value) << 16) >> 16;
    case 'u16': return Math.trunc(value) & 65535;
    case 'i32': return Math.trunc(value) | 0;
    case 'u32': return Math.trunc(value) >>> 0;
    case 'i64': case 'u64': return Number.isFinite(value) ? Math.trunc(value) : 0;
    case 'bool': return value === 0 ? 0 : 1;
    default: return dtype satisfies never;
  }
};

/** All values as doubles (64-bit integers beyond 2^53 lose their low bits). */
export const toNumbers = (data: TensorData): Float64Array => {
  const { values, dtype } = data;
  if (values instanceof Float32Array) return new Float64Array(values);
  const numbers = new Float64Array(values.length);
  if (dtype === 'f16') for (let i = 0; i < numbers.length; i++) numbers[i] = halfToNumber(Number(values[i]));
  else if (dtype === 'bf16') for (let i = 0; i < numbers.length; i++) numbers[i] = bfloatToNumber(Number(values[i]));
  else for (let i = 0; i < numbers.length; i++) numbers[i] = Number(values[i]);
  return numbers;
};

/** Doubles stored as `dtype`, each rounded once. */
export const fromNumbers = (dtype: DType, shape: readonly number[], numbers: ArrayLike<number>): TensorData => {
  // the array rounds by itself, many at a time
  if (dtype === 'f32') return { dtype, shape, values: new Float32Array(numbers) };
  const values = elementArray(dtype, numbers.length);
  for (let i = 0; i < numbers.length; i++) {
    const value = numbers[i]!;
    if (values instanceof BigInt64Array || values instanceof BigUint64Array) values[i] = BigInt(Math.trunc(value));
    else values[i] = dtype === 'f16' ? numberToHalf(value) : dtype === 'bf16' ? numberToBfloat(value) : roundTo(dtype, value);
  }
  return { dtype, shape, values };
};
