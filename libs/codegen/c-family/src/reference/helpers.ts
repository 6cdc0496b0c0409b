/** The small C functions that a reference calls, by name. Each spells one operator of `ir/tensor/arithmetic`; a reference carries only those it uses. */

export const helpers = {
  clamp: `static inline int64_t clamp(int64_t x, int64_t first, int64_t last) { return x < first ? first : x > last ? last : x; }`,
  from_f16: `static inline double from_f16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double size = exponent == 0 ? ldexp(fraction, -24) : exponent == 31 ? (fraction ? NAN : INFINITY) : ldexp(1024 + fraction, exponent - 25);
  return bits & 0x8000 ? -size : size;
}`,
  from_bf16: `static inline double from_bf16(uint16_t bits) {
  union { uint32_t bits; float value; } word;
  word.bits = (uint32_t)bits << 16;
  return word.value;
}`,
  round_f16: `static inline double round_f16(double x) {
  int exponent;
  if (!(fabs(x) < 65520.0)) return isnan(x) ? x : copysign(INFINITY, x);
  frexp(x, &exponent);
  const double unit = ldexp(1.0, (exponent < -13 ? -13 : exponent) - 11);
  return nearbyint(x / unit) * unit;
}`,
  round_bf16: `static inline double round_bf16(double x) {
  int exponent;
  const double value = (float)x;
  if (!isfinite(value)) return value;
  frexp(value, &exponent);
  const double unit = ldexp(1.0, (exponent < -125 ? -125 : exponent) - 8);
  return (float)(nearbyint(value / unit) * unit);
}`,
  to_integer: `static inline int64_t to_integer(double x) { return x >= -9223372036854775808.0 && x < 9223372036854775808.0 ? (int64_t)x : 0; }`,
  max_double: `static inline double max_double(double a, double b) { return b > a ? b : a; }`,
  min_double: `static inline double min_double(double a, double b) { return b < a ? b : a; }`,
  modulo_double: `static inline double modulo_double(double a, double b) {
  const double rest = fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}`,
  max_integer: `static inline int64_t max_integer(int64_t a, int64_t b) { return a > b ? a : b; }`,
  min_integer: `static inline int64_t min_integer(int64_t a, int64_t b) { return a < b ? a : b; }`,
  add_integer: `static inline int64_t add_integer(int64_t a, int64_t b) { return (int64_t)((uint64_t)a + (uint64_t)b); }`,
  subtract_integer: `static inline int64_t subtract_integer(int64_t a, int64_t b) { return (int64_t)((uint64_t)a - (uint64_t)b); }`,
  multiply_integer: `static inline int64_t multiply_integer(int64_t a, int64_t b) { return (int64_t)((uint64_t)a * (uint64_t)b); }`,
  divide_integer: `static inline int64_t divide_integer(int64_t a, int64_t b) { return b == 0 ? 0 : b == -1 ? (int64_t)(0 - (uint64_t)a) : a / b; }`,
  remainder_integer: `static inline int64_t remainder_integer(int64_t a, int64_t b) { return b == 0 || b == -1 ? 0 : a % b; }`,
  modulo_integer: `static inline int64_t modulo_integer(int64_t a, int64_t b) {
  const int64_t rest = b == 0 || b == -1 ? 0 : a % b;
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}`,
  power_integer: `static inline int64_t power_integer(int64_t base, int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 ? -1 : 1) : 0;
  uint64_t result = 1;
  for (uint64_t square = (uint64_t)base; exponent > 0; exponent /= 2, square *= square) if (exponent % 2) result *= square;
  return (int64_t)result;
}`,
  shift_left: `static inline int64_t shift_left(int64_t a, int64_t b) { return b < 0 || b > 63 ? 0 : (int64_t)((uint64_t)a << b); }`,
  shift_right: `static inline int64_t shift_right(int64_t a, int64_t b) { return b < 0 || b > 63 ? (a < 0 ? -1 : 0) : a >> b; }`,
} as const;

export type Helper = keyof typeof helpers;
