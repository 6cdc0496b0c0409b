/** Element types: their bytes, ranges and names, and what a tensor is of. Arithmetic on them is in `tensor/arithmetic` and the emitters. */

export const dtypes = ['f32', 'f64', 'f16', 'bf16', 'i8', 'u8', 'i16', 'u16', 'i32', 'u32', 'i64', 'u64', 'bool'] as const;
export type DType = (typeof dtypes)[number];

/** Bytes of one element in memory; `bool` is one byte holding 0 or 1. */
export const bytesOf: Readonly<Record<DType, number>> = {
  f32: 4, f64: 8, f16: 2, bf16: 2, i8: 1, u8: 1, i16: 2, u16: 2, i32: 4, u32: 4, i64: 8, u64: 8, bool: 1,
};

export const isDType = (text: string): text is DType => (dtypes as readonly string[]).includes(text);
export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64' || dtype === 'f16' || dtype === 'bf16';

export interface TensorType { readonly dtype: DType; readonly shape: readonly number[] }
/** `f32[64,56,56]` */
export const typeText = ({ dtype, shape }: TensorType): string => `${dtype}[${shape.join(',')}]`;
