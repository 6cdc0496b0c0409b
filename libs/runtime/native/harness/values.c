/* Element types and seeded test data (see values.h). Half-precision conversions are written out, so that the harness needs
 * no compiler support for them. */
#include "values.h"
#include <math.h>
#include <string.h>

static const struct { const char *name; size_t bytes; } types[DTYPES] = {
  {"f32", 4}, {"f64", 8}, {"f16", 2}, {"bf16", 2}, {"i8", 1}, {"u8", 1}, {"i16", 2}, {"u16", 2},
  {"i32", 4}, {"u32", 4}, {"i64", 8}, {"u64", 8}, {"bool", 1},
};

dtype dtype_named(const char *name) {
  int type = 0;
  while (type < DTYPES && strcmp(types[type].name, name) != 0) type++;
  return (dtype)type;
}
size_t dtype_bytes(dtype type) { return types[type].bytes; }
int dtype_is_float(dtype type) { return type <= BF16; }
unsigned char dtype_poison(dtype type) { return dtype_is_float(type) ? 0xff : 0xa5; }

static double half_to_double(uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  const double sign = bits & 0x8000 ? -1 : 1;
  if (exponent == 0) return sign * ldexp(fraction, -24);
  if (exponent == 31) return fraction != 0 ? (double)NAN : sign * (double)INFINITY;
  return sign * ldexp(1024 + fraction, exponent - 25);
}

static uint16_t double_to_half(double value) {
  if (isnan(value)) return 0x7e00;
  const uint16_t sign = signbit(value) ? 0x8000 : 0;
  const double size = fabs(value);
  if (size >= 65520) return sign | 0x7c00;
  int exponent;
  frexp(size, &exponent);                                  /* size in [2^(exponent-1), 2^exponent) */
  if (size == 0 || exponent < -13) exponent = -13;         /* subnormal: steps of 2^-24 */
  /* nearbyint rounds ties to even; a carry into the next binade is right in the encoding by itself */
  const int steps = (int)nearbyint(ldexp(size, 11 - exponent));
  return sign | (uint16_t)(((exponent + 13) << 10) + steps);
}

static double bfloat_to_double(uint16_t bits) {
  const uint32_t wide = (uint32_t)bits << 16;
  float value;
  memcpy(&value, &wide, sizeof value);
  return value;
}

static uint16_t double_to_bfloat(double value) {
  const float single = (float)value;
  uint32_t bits;
  memcpy(&bits, &single, sizeof bits);
  if (isnan(value)) return 0x7fc0;
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

#define LOAD_AS(TYPE, CONVERT) for (size_t i = 0; i < count; i++) values[i] = CONVERT(((const TYPE *)source)[places[i]])

void load_elements(dtype type, const void *source, const size_t *places, size_t count, double *values) {
  switch (type) {
    case F32: LOAD_AS(float, (double)); return;
    case F64: LOAD_AS(double, (double)); return;
    case F16: LOAD_AS(uint16_t, half_to_double); return;
    case BF16: LOAD_AS(uint16_t, bfloat_to_double); return;
    case I8: LOAD_AS(int8_t, (double)); return;
    case U8: case BOOL: LOAD_AS(uint8_t, (double)); return;
    case I16: LOAD_AS(int16_t, (double)); return;
    case U16: LOAD_AS(uint16_t, (double)); return;
    case I32: LOAD_AS(int32_t, (double)); return;
    case U32: LOAD_AS(uint32_t, (double)); return;
    case I64: LOAD_AS(int64_t, (double)); return;
    case U64: LOAD_AS(uint64_t, (double)); return;
    case DTYPES: return;
  }
}

void store_element(dtype type, void *target, size_t at, double value) {
  switch (type) {
    case F32: ((float *)target)[at] = (float)value; return;
    case F64: ((double *)target)[at] = value; return;
    case F16: ((uint16_t *)target)[at] = double_to_half(value); return;
    case BF16: ((uint16_t *)target)[at] = double_to_bfloat(value); return;
    case I8: ((int8_t *)target)[at] = (int8_t)value; return;
    case U8: ((uint8_t *)target)[at] = (uint8_t)value; return;
    case BOOL: ((uint8_t *)target)[at] = value != 0; return;
    case I16: ((int16_t *)target)[at] = (int16_t)value; return;
    case U16: ((uint16_t *)target)[at] = (uint16_t)value; return;
    case I32: ((int32_t *)target)[at] = (int32_t)value; return;
    case U32: ((uint32_t *)target)[at] = (uint32_t)value; return;
    case I64: ((int64_t *)target)[at] = (int64_t)value; return;
    case U64: ((uint64_t *)target)[at] = (uint64_t)value; return;
    case DTYPES: return;
  }
}

generator_kind generator_named(const char *name) {
  static const char *const names[GENERATORS] = {"normal", "uniform", "positive", "integers"};
  int kind = 0;
  while (kind < GENERATORS && strcmp(names[kind], name) != 0) kind++;
  return (generator_kind)kind;
}

static inline uint32_t mix(uint32_t bits) {
  bits = (bits ^ bits >> 16) * 0x85ebca6bu;
  bits = (bits ^ bits >> 13) * 0xc2b2ae35u;
  return bits ^ bits >> 16;
}

static inline double draw(const generator *source, uint32_t bits) {
  switch (source->kind) {
    case NORMAL: {
      const uint32_t more = mix(bits + 0x7f4a7c15u);
      const uint32_t sum = (bits & 0xffff) + (bits >> 16) + (more & 0xffff) + (more >> 16);
      return ((double)sum - 131070) * source->a;
    }
    case UNIFORM: return ((double)(2 * (bits >> 8) + 1) - 16777216) * source->a;
    case POSITIVE: return 1 + (double)(bits >> 9) / 8388608;
    case INTEGERS: return source->a + bits % (uint32_t)source->b;
    case GENERATORS: break;
  }
  return 0;
}

void generate(const generator *source, int set, dtype type, void *target, size_t count) {
  const uint32_t base = mix(source->key + (uint32_t)(set + 1) * 0x9e3779b9u);
  for (size_t i = 0; i < count; i++) store_element(type, target, i, draw(source, mix(base + (uint32_t)i * 0x9e3779b9u)));
}
