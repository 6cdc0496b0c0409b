/** Typed arrays by element type. Knows no format and converts nothing. */

/** f16 and bf16 are kept as their 16 bits, bool as 0 or 1. */
interface ElementArrays {
  f32: Float32Array; f64: Float64Array; f16: Uint16Array; bf16: Uint16Array;
  i8: Int8Array; u8: Uint8Array; i16: Int16Array; u16: Uint16Array; i32: Int32Array; u32: Uint32Array;
  i64: BigInt64Array; u64: BigUint64Array; bool: Uint8Array;
}
export type ElementType = keyof ElementArrays;
export type ElementArray = ElementArrays[ElementType];

const arrays: { readonly [T in ElementType]: { new (length: number): ElementArrays[T]; new (buffer: ArrayBuffer): ElementArrays[T]; readonly BYTES_PER_ELEMENT: number } } = {
  f32: Float32Array, f64: Float64Array, f16: Uint16Array, bf16: Uint16Array, i8: Int8Array, u8: Uint8Array, i16: Int16Array, u16: Uint16Array,
  i32: Int32Array, u32: Uint32Array, i64: BigInt64Array, u64: BigUint64Array, bool: Uint8Array,
};

export const isElementType = (name: string): name is ElementType => Object.hasOwn(arrays, name);
export const elementBytes = (type: ElementType): number => arrays[type].BYTES_PER_ELEMENT;
/** So many zeros, or a view of a whole aligned buffer. */
export const elementArray = <T extends ElementType>(type: T, from: number | ArrayBuffer): ElementArrays[T] =>
  (typeof from === 'number' ? new arrays[type](from) : new arrays[type](from));
