/**
 * C types of elements and vectors. `f16` and `bf16` are 16-bit words in memory and floats in registers, since few compilers
 * compute in them; `bool` is a byte holding 0 or 1. Vector types are gcc's, readable at any element's address and alias-free of type rules.
 */
import { bytesOf, type DType, type Type } from '@loopsmith/ir';

/** The type that arithmetic on the dtype happens in. */
export const computed = (dtype: DType): DType => (dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype === 'bool' ? 'u8' : dtype);
/** The type an element has in memory. */
export const stored = (dtype: DType): DType => (dtype === 'f16' || dtype === 'bf16' ? 'u16' : dtype === 'bool' ? 'u8' : dtype);

const scalars: Readonly<Record<DType, string>> = {
  f32: 'float', f64: 'double', f16: 'unsigned short', bf16: 'unsigned short',
  i8: 'signed char', u8: 'unsigned char', i16: 'short', u16: 'unsigned short', i32: 'int', u32: 'unsigned int', i64: 'long long', u64: 'unsigned long long', bool: 'unsigned char',
};
/** The C type of one element in memory. */
export const memoryType = (dtype: DType): string => scalars[dtype];

/** `f32` or `f32x8`: names helpers and vector types of what is in a register. */
export const shortName = ({ dtype, lanes }: Type): string => (lanes === 1 ? computed(dtype) : `${computed(dtype)}x${lanes}`);
/** The signed integer type as wide as the elements: what a vector comparison yields. */
export const maskOf = (type: Type): Type => {
  const dtype = computed(type.dtype), masks = { 1: 'i8', 2: 'i16', 4: 'i32', 8: 'i64' } as const;
  return { dtype: masks[bytesOf[dtype] as 1 | 2 | 4 | 8], lanes: type.lanes };
};

/** `may_alias` and the element's own alignment: slices and packed streams start anywhere. */
export const vectorTypedef = (type: Type): string => {
  const dtype = computed(type.dtype), bytes = bytesOf[dtype];
  return `typedef ${scalars[dtype]} ${shortName(type)} __attribute__((vector_size(${bytes * type.lanes}), aligned(${bytes}), may_alias));`;
};

/** A constant of the dtype as C spells it, exactly. The bounds of 64-bit integers arrive as the doubles next to them; what is beyond becomes the bound. */
export const literal = (dtype: DType, value: number): string => {
  switch (computed(dtype)) {
    case 'f32': case 'f64': {
      const suffix = dtype === 'f64' ? '' : 'f';
      if (Number.isNaN(value)) return `__builtin_nan${suffix}("")`;
      if (!Number.isFinite(value)) return `${value < 0 ? '-' : ''}__builtin_inf${suffix}()`;
      const exact = dtype === 'f64' ? value : Math.fround(value);
      if (!Number.isFinite(exact)) return literal(dtype, exact);
      const digits = Object.is(exact, -0) ? '-0' : String(exact);
      return `${/[.e]/.test(digits) ? digits : `${digits}.0`}${suffix}`;
    }
    case 'i64': return value <= -(2 ** 63) ? '(-9223372036854775807LL - 1)' : value >= 2 ** 63 ? '9223372036854775807LL' : `${BigInt(Math.trunc(value))}LL`;
    case 'u64': return value >= 2 ** 64 ? '18446744073709551615ULL' : `${BigInt(Math.trunc(value))}ULL`;
    case 'u32': return `${value}U`;
    case 'i32': return value === -(2 ** 31) ? '(-2147483647 - 1)' : String(value);
    default: return String(value);
  }
};
