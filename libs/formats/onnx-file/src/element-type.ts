/** ONNX's numbers for element types (TensorProto.DataType), also those newer than onnx-proto. Only names and sizes. */
import type { OnnxArrays, OnnxDType } from './model.js';

/** By number, as onnx.proto3 numbers them; a name that is no OnnxDType is known and unsupported. */
const names = [
  'undefined', 'f32', 'u8', 'i8', 'u16', 'i16', 'i32', 'i64', 'string', 'bool', 'f16', 'f64', 'u32', 'u64', 'complex64', 'complex128', 'bf16',
  'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2',
] as const;

const arrays: { readonly [D in OnnxDType]: { new (length: number): OnnxArrays[D]; new (buffer: ArrayBuffer): OnnxArrays[D]; readonly BYTES_PER_ELEMENT: number } } = {
  f32: Float32Array, f64: Float64Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array,
  i32: Int32Array, u32: Uint32Array, i64: BigInt64Array, u64: BigUint64Array, bool: Uint8Array,
};

/** `f32` for 1, `string` for 8, `type 99` for a number that ONNX has not given out. */
export const elementTypeName = (elementType: number): string => names[elementType] ?? `type ${elementType}`;

/** The dtype of an ONNX element type, or undefined when Loopsmith has none for it. */
export const dtypeOf = (elementType: number): OnnxDType | undefined => {
  const name = names[elementType];
  return name !== undefined && Object.hasOwn(arrays, name) ? (name as OnnxDType) : undefined;
};
export const elementTypeOf = (dtype: OnnxDType): number => names.indexOf(dtype);
export const bytesPerElement = (dtype: OnnxDType): number => arrays[dtype].BYTES_PER_ELEMENT;
export const arrayOver = (dtype: OnnxDType, buffer: ArrayBuffer): OnnxArrays[OnnxDType] => new arrays[dtype](buffer);
export const arrayFor = (dtype: OnnxDType, length: number): OnnxArrays[OnnxDType] => new arrays[dtype](length);
