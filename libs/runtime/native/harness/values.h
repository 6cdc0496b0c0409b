/* Element types and seeded test data. The data are a pure function of (key, set, position), and src/generator.ts computes
 * the very same numbers. Knows no layout. */
#ifndef HARNESS_VALUES_H
#define HARNESS_VALUES_H
#include <stddef.h>
#include <stdint.h>

typedef enum { F32, F64, F16, BF16, I8, U8, I16, U16, I32, U32, I64, U64, BOOL, DTYPES } dtype;

/* DTYPES for an unknown name. */
dtype dtype_named(const char *name);
size_t dtype_bytes(dtype type);
int dtype_is_float(dtype type);
/* Fills what a kernel must write: NaN in every float type, a value unlikely in integers. */
unsigned char dtype_poison(dtype type);

/* `count` elements as doubles, exactly but for 64-bit integers beyond 2^53; element i is source[places[i]]. */
void load_elements(dtype type, const void *source, const size_t *places, size_t count, double *values);
/* Rounds ties to even into element `at`; bf16 rounds to f32 first, as definitions do. Integers are those the generators draw: in range. */
void store_element(dtype type, void *target, size_t at, double value);

typedef enum { NORMAL, UNIFORM, POSITIVE, INTEGERS, GENERATORS } generator_kind;
/* How the values of a tensor are drawn. bits(i) are 32 random bits of element i:
 *   bits(i) = mix(base + i * 0x9e3779b9), base = mix(key + (set + 1) * 0x9e3779b9), mix = MurmurHash3's 32-bit finaliser
 *   NORMAL    (h - 131070) * a, h the sum of the four 16-bit halves of bits(i) and mix(bits(i) + 0x7f4a7c15);
 *             a = s / 37837.2 gives about N(0, s)
 *   UNIFORM   (2 * (bits >> 8) + 1 - 2^24) * a; a = s / 2^24 gives (-s, s), never 0
 *   POSITIVE  1 + (bits >> 9) / 2^23, in [1, 2): for square roots, logarithms and divisors
 *   INTEGERS  a + bits % b */
typedef struct { generator_kind kind; double a, b; uint32_t key; } generator;

generator_kind generator_named(const char *name);
void generate(const generator *source, int set, dtype type, void *target, size_t count);

#endif
