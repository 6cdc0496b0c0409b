/** ONNX's numbers for element types (TensorProto.DataType), also those newer than onnx-proto. Only names. */
import { isElementType, type ElementType } from '@loopsmith/util';

/** By number, as onnx.proto3 numbers them; a name that is no ElementType is known and unsupported. */
const names = [
  'undefined', 'f32', 'u8', 'i8', 'u16', 'i16', 'i32', 'i64', 'string', 'bool', 'f16', 'f64', 'u32', 'u64', 'complex64', 'complex128', 'bf16',
  'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'uint4', 'int4', 'float4e2m1', 'float8e8m0', 'uint2', 'int2',
] as const;

/** `f32` for 1, `string` for 8, `type 99` for a number that ONNX has not given out. */
export const elementTypeName = (elementType: number): string => names[elementType] ?? `type ${elementType}`;

/** The dtype of an ONNX element type, or undefined when Loopsmith has none for it. */
export const dtypeOf = (elementType: number): ElementType | undefined => {
  const name = names[elementType];
  return name !== undefined && isElementType(name) ? name : undefined;
};
export const elementTypeOf = (dtype: ElementType): number => names.indexOf(dtype);
