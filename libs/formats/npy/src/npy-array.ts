/** An array of an .npy file and its element types. Format: NumPy documentation, numpy.lib.format; NumPy has no bfloat16. */

/** f16 is kept as its 16 bits, bool as 0 or 1. Structurally the arrays of `ir`. */
export interface NpyArrays {
  f32: Float32Array; f64: Float64Array; f16: Uint16Array;
  i8: Int8Array; u8: Uint8Array; i16: Int16Array; u16: Uint16Array; i32: Int32Array; u32: Uint32Array;
  i64: BigInt64Array; u64: BigUint64Array; bool: Uint8Array;
}
export type NpyDType = keyof NpyArrays;

/** Row-major (NumPy's C order). */
export interface NpyArray { readonly dtype: NpyDType; readonly shape: readonly number[]; readonly values: NpyArrays[NpyDType] }

type Constructor<D extends NpyDType> = { new (buffer: ArrayBuffer): NpyArrays[D]; readonly BYTES_PER_ELEMENT: number };

/** `descr` is NumPy's word for the type: byte order, kind, bytes. All are little endian, as the machines that this runs on. */
export const elementTypes: { readonly [D in NpyDType]: { readonly descr: string; readonly array: Constructor<D> } } = {
  f32: { descr: '<f4', array: Float32Array }, f64: { descr: '<f8', array: Float64Array }, f16: { descr: '<f2', array: Uint16Array },
  i8: { descr: '|i1', array: Int8Array }, u8: { descr: '|u1', array: Uint8Array }, i16: { descr: '<i2', array: Int16Array }, u16: { descr: '<u2', array: Uint16Array },
  i32: { descr: '<i4', array: Int32Array }, u32: { descr: '<u4', array: Uint32Array }, i64: { descr: '<i8', array: BigInt64Array }, u64: { descr: '<u8', array: BigUint64Array },
  bool: { descr: '|b1', array: Uint8Array },
};

/** "\x93NUMPY", in front of every file. */
export const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
