/** An array of an .npy file and its element types. Format: NumPy documentation, numpy.lib.format; NumPy has no bfloat16. */
import type { ElementArray, ElementType } from '@loopsmith/util';

export type NpyDType = Exclude<ElementType, 'bf16'>;

/** Row-major (NumPy's C order). */
export interface NpyArray { readonly dtype: NpyDType; readonly shape: readonly number[]; readonly values: ElementArray }

/** NumPy's word for the type: byte order, kind, bytes. All are little endian, as the machines that this runs on. */
export const descriptions: Readonly<Record<NpyDType, string>> = {
  f32: '<f4', f64: '<f8', f16: '<f2', i8: '|i1', u8: '|u1', i16: '<i2', u16: '<u2', i32: '<i4', u32: '<u4', i64: '<i8', u64: '<u8', bool: '|b1',
};

/** "\x93NUMPY", in front of every file. */
export const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;
