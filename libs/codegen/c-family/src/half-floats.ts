/** Floats of 16 bits in C that has none: bodies of functions over one word `a` that make a float of it, and a word of the float `a`. Rounds to nearest, ties to even. */

/** From the word of an `unsigned short`; infinities and NaN stay what they are. */
export const widenBody = (dtype: 'f16' | 'bf16'): string => {
  const bits = dtype === 'bf16' ? 'unsigned bits = (unsigned)a << 16;'
    // exponents shift by 112; 2^-24 units make denormals; all ones stay all ones
    : 'unsigned exponent = a >> 10 & 31, fraction = a & 1023;\nunion { float f; unsigned u; } small = { fraction * 0x1p-24f };\n'
      + 'unsigned bits = (unsigned)(a & 0x8000) << 16 | (exponent == 0 ? small.u : exponent == 31 ? 0x7f800000u | fraction << 13 : (exponent + 112) << 23 | fraction << 13);';
  return `${bits}\nunion { unsigned u; float f; } value = { bits };\nreturn value.f;`;
};

/** To the word of an `unsigned short`; what is too large becomes infinity. */
export const narrowBody = (dtype: 'f16' | 'bf16'): string => {
  const start = 'union { float f; unsigned u; } value = { a };\nunsigned sign = value.u >> 16 & 0x8000, size = value.u & 0x7fffffff;\n';
  // ties to even: half of the last kept bit, less one, plus that bit
  if (dtype === 'bf16') return `${start}return size > 0x7f800000 ? 0x7fc0 : sign | (size + 0x7fff + (size >> 16 & 1)) >> 16;`;
  return `${start}if (size > 0x7f800000) return sign | 0x7e00;\nif (size >= 0x477ff000) return sign | 0x7c00;\n`
    + 'if (size < 0x38800000) {\n  union { unsigned u; float f; } small = { size };\n  small.f += 0.5f;\n  return sign | (small.u - 0x3f000000);\n}\n'
    + 'return sign | (size - 0x38000000 + 0xfff + (size >> 13 & 1)) >> 13;';
};
