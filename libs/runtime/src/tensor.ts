/** Tensor: a typed array with a type and a shape, named and behaving as in onnxruntime's JavaScript API. Does no arithmetic. */
import type { DType } from '@loopsmith/ir';
import { FailureError, product } from '@loopsmith/util';

/** Typed array per element type; float16 and bfloat16 are kept as their 16 bits, bool as 0 or 1. */
interface TensorDataOf {
  float32: Float32Array; float64: Float64Array; float16: Uint16Array; bfloat16: Uint16Array;
  int8: Int8Array; uint8: Uint8Array; int16: Int16Array; uint16: Uint16Array;
  int32: Int32Array; uint32: Uint32Array; int64: BigInt64Array; uint64: BigUint64Array; bool: Uint8Array;
}
export type TensorType = keyof TensorDataOf;
export type TensorValues = TensorDataOf[TensorType];

interface TensorKind { readonly dtype: DType; make(length: number): TensorValues; from(values: readonly (number | bigint | boolean)[]): TensorValues; is(values: unknown): boolean }

const numbers = (values: readonly (number | bigint | boolean)[]): number[] => values.map(Number);
const bigints = (type: TensorType, values: readonly (number | bigint | boolean)[]): bigint[] =>
  values.map((value, i) => {
    try { return BigInt(value); } catch {
      throw tensorFault(`element ${i} of the data of a tensor of ${type} is ${String(value)}; give whole numbers or BigInts, or another type`);
    }
  });
type NumberArray = {
  new (length: number): Exclude<TensorValues, BigInt64Array | BigUint64Array>;
  from(values: readonly number[]): Exclude<TensorValues, BigInt64Array | BigUint64Array>;
};
const kind = (dtype: DType, of: NumberArray): TensorKind =>
  ({ dtype, make: (length) => new of(length), from: (values) => of.from(numbers(values)), is: (values) => values instanceof of });

const kinds: Readonly<Record<TensorType, TensorKind>> = {
  float32: kind('f32', Float32Array), float64: kind('f64', Float64Array), float16: kind('f16', Uint16Array), bfloat16: kind('bf16', Uint16Array),
  int8: kind('i8', Int8Array), uint8: kind('u8', Uint8Array), int16: kind('i16', Int16Array), uint16: kind('u16', Uint16Array),
  int32: kind('i32', Int32Array), uint32: kind('u32', Uint32Array), bool: kind('bool', Uint8Array),
  int64: { dtype: 'i64', make: (length) => new BigInt64Array(length), from: (values) => BigInt64Array.from(bigints('int64', values)), is: (values) => values instanceof BigInt64Array },
  uint64: { dtype: 'u64', make: (length) => new BigUint64Array(length), from: (values) => BigUint64Array.from(bigints('uint64', values)), is: (values) => values instanceof BigUint64Array },
};
const types = Object.keys(kinds) as readonly TensorType[];

const isTensorType = (text: unknown): text is TensorType => typeof text === 'string' && Object.hasOwn(kinds, text);

/** The type of a typed array when none is named: Uint8Array is uint8 and Uint16Array uint16, as in onnxruntime. */
const inferred: readonly TensorType[] = ['float32', 'float64', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32', 'int64', 'uint64'];

export const tensorTypeOf = (dtype: string): TensorType => {
  const type = types.find((name) => kinds[name].dtype === dtype);
  if (type === undefined) throw new Error(`a library names the dtype ${dtype}, which no tensor type stands for`);
  return type;
};
export const dtypeOf = (type: TensorType): DType => kinds[type].dtype;
export const emptyValues = (type: TensorType, length: number): TensorValues => kinds[type].make(length);

const tensorFault = (message: string): FailureError => new FailureError({ code: 'tensor-invalid', stage: 'run', message });

/**
 * new Tensor('float32', data, [1, 3, 224, 224]), or new Tensor(data, dims) with the type of the typed array. Data are row-major;
 * a plain array of numbers is converted. Throws a FailureError when type, data and dims do not fit together.
 */
export class Tensor {
  readonly type: TensorType;
  readonly data: TensorValues;
  readonly dims: readonly number[];
  /** Number of elements. */
  readonly size: number;

  constructor(type: TensorType, data: TensorValues | readonly (number | bigint | boolean)[], dims?: readonly number[]);
  constructor(data: TensorValues, dims?: readonly number[]);
  constructor(first: TensorType | TensorValues, second?: TensorValues | readonly (number | bigint | boolean)[] | readonly number[], third?: readonly number[]) {
    const named = typeof first === 'string';
    const data = named ? second : first;
    const type = named ? first : inferred.find((name) => kinds[name].is(first));
    if (!isTensorType(type))
      throw tensorFault(
        named
          ? `there is no tensor type '${String(first)}'; known are ${types.join(', ')}`
          : "a Tensor needs a type or a typed array, as in new Tensor('float32', data, [1, 3, 224, 224])",
      );
    this.type = type;
    // of the 16 bits of a float, as in onnxruntime: the number 1.5 would be taken for them
    const bits = type === 'float16' || type === 'bfloat16';
    if (Array.isArray(data) && !bits) this.data = kinds[type].from(data as readonly (number | bigint | boolean)[]);
    else if (kinds[type].is(data)) this.data = data as TensorValues;
    else
      throw tensorFault(
        `the data of a tensor of ${type} must be ${bits ? 'a Uint16Array, which holds the 16 bits of each element' : `an array or a ${kinds[type].make(0).constructor.name}`}, not ${data === undefined || data === null ? String(data) : Array.isArray(data) ? 'an array' : `a ${data.constructor.name}`}`,
      );
    const dims = (named ? third : (second as readonly number[] | undefined)) ?? [this.data.length];
    if (typeof dims !== 'object') throw tensorFault(`dims must be an array such as [1, 3, 224, 224], not ${String(dims)}`);
    const wrong = dims.find((extent) => !Number.isInteger(extent) || extent < 0);
    if (wrong !== undefined) throw tensorFault(`dims must be whole numbers that are not negative; [${dims.join(', ')}] holds ${wrong}`);
    this.dims = [...dims];
    this.size = product(dims);
    if (this.size !== this.data.length) throw tensorFault(`dims [${dims.join(', ')}] stand for ${this.size} elements, but data has ${this.data.length}`);
  }
}
