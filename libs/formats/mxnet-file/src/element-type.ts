/** MXNet's numbers for element types (mshadow's TypeFlag). */
import type { MxnetArrays, MxnetDType } from './model.js';

const names = ['f32', 'f64', 'f16', 'u8', 'i32', 'i8', 'i64', 'bool', 'i16', 'u16', 'u32', 'u64', 'bf16'] as const satisfies readonly MxnetDType[];

const arrays: { readonly [D in MxnetDType]: { new (buffer: ArrayBuffer): MxnetArrays[D]; readonly BYTES_PER_ELEMENT: number } } = {
  f32: Float32Array, f64: Float64Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array,
  i32: Int32Array, u32: Uint32Array, i64: BigInt64Array, u64: BigUint64Array, bool: Uint8Array,
};

export const mxnetDType = (flag: number): MxnetDType | undefined => names[flag];
export const typeFlagOf = (dtype: MxnetDType): number => names.indexOf(dtype);
export const bytesPerElement = (dtype: MxnetDType): number => arrays[dtype].BYTES_PER_ELEMENT;
export const arrayOver = (dtype: MxnetDType, buffer: ArrayBuffer): MxnetArrays[MxnetDType] => new arrays[dtype](buffer);
