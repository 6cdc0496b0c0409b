/*
 * Functions of the mathematical library for compilers of GPUs that bring none, in double, with float forms that call them.
 * Every function is a textbook identity over a series that is cut where the rest is below the last bit; the error is a few units
 * of it. Signs, zeros, infinities and NaN are those of C. Sine and cosine lose digits beyond 2^30 and mean nothing beyond 2^52.
 * Wants __device__ to be defined, and the compiler's square root and roundings, which every GPU has as instructions.
 */
#ifndef LOOPSMITH_GPU_MATH_H
#define LOOPSMITH_GPU_MATH_H

#define LOOPSMITH_FUNCTION static __device__ inline

LOOPSMITH_FUNCTION double loopsmith_from_bits(unsigned long long bits) { double value; __builtin_memcpy(&value, &bits, sizeof value); return value; }
LOOPSMITH_FUNCTION unsigned long long loopsmith_bits(double value) { unsigned long long bits; __builtin_memcpy(&bits, &value, sizeof bits); return bits; }
/* 2^n for |n| < 1023. */
LOOPSMITH_FUNCTION double loopsmith_two_to(int n) { return loopsmith_from_bits((unsigned long long)(n + 1023) << 52); }

/* e^x = 2^n e^r with n = round(x / ln 2): |r| < 0.35, where thirteen terms of Taylor's series do. 2^n in two factors reaches denormals. */
LOOPSMITH_FUNCTION double loopsmith_exp(double x) {
  if (x != x) return x;
  if (x > 709.8) return __builtin_inf();
  if (x < -745.2) return 0.0;
  const double n = __builtin_rint(x * 1.4426950408889634);
  const double r = __builtin_fma(n, -1.9082149292705877e-10, __builtin_fma(n, -0.6931471803691238, x));
  double p = 1.0;
#pragma unroll
  for (int i = 13; i > 0; i--) p = __builtin_fma(p, r * (1.0 / i), 1.0);
  const int whole = (int)n, half = whole / 2;
  return p * loopsmith_two_to(half) * loopsmith_two_to(whole - half);
}

/* artanh(s) for |s| < 0.18 */
LOOPSMITH_FUNCTION double loopsmith_small_atanh(double s) {
  const double z = s * s;
  double p = 0.0;
#pragma unroll
  for (int i = 23; i > 0; i -= 2) p = __builtin_fma(p, z, 1.0 / i);
  return s * p;
}
/* x = 2^k m with m in [sqrt(1/2), sqrt(2)): log x = k ln 2 + 2 artanh((m - 1) / (m + 1)) */
LOOPSMITH_FUNCTION double loopsmith_log(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -__builtin_inf() : __builtin_nan("");
  if (x > 1.7976931348623157e308) return x;
  const int tiny = x < 2.2250738585072014e-308;
  const unsigned long long bits = loopsmith_bits(tiny ? x * 18014398509481984.0 : x);
  const int k = (int)((bits - 0x3fe6a09e667f3bcdULL) >> 52);
  /* the difference is negative below sqrt(1/2): its upper twelve bits are a signed number */
  const int exponent = k >= 2048 ? k - 4096 : k;
  const double m = loopsmith_from_bits(bits - ((unsigned long long)(long long)exponent << 52));
  const double e = exponent - (tiny ? 54 : 0);
  return e * 0.6931471803691238 + (2.0 * loopsmith_small_atanh((m - 1.0) / (m + 1.0)) + e * 1.9082149292705877e-10);
}
LOOPSMITH_FUNCTION double loopsmith_log1p(double x) { return x > -0.29 && x < 0.41 ? 2.0 * loopsmith_small_atanh(x / (2.0 + x)) : loopsmith_log(1.0 + x); }

/* x^(2k+1) / (2k+1)!, signs alternating or not */
LOOPSMITH_FUNCTION double loopsmith_odd_series(double x, double square) {
  double p = 1.0;
#pragma unroll
  for (int i = 18; i > 0; i -= 2) p = __builtin_fma(p, square * (1.0 / (i * (i + 1))), 1.0);
  return x * p;
}
LOOPSMITH_FUNCTION double loopsmith_even_series(double square) {
  double p = 1.0;
#pragma unroll
  for (int i = 18; i > 0; i -= 2) p = __builtin_fma(p, square * (1.0 / (i * (i - 1))), 1.0);
  return p;
}
/* x = n pi/2 + r; sine or cosine of r by the quadrant. pi/2 in three parts, whose products are exact. */
LOOPSMITH_FUNCTION double loopsmith_circle(double x, int ahead) {
  const double n = __builtin_rint(x * 0.6366197723675814);
  const double r = __builtin_fma(n, 1.4973849048591833e-33, __builtin_fma(n, -6.123233995736766e-17, __builtin_fma(n, -1.5707963267948966, x)));
  const double quadrant = n + ahead - 4.0 * __builtin_floor((n + ahead) * 0.25);
  const int odd = quadrant == 1.0 || quadrant == 3.0;
  const double value = odd ? loopsmith_even_series(-r * r) : loopsmith_odd_series(r, -r * r);
  return quadrant >= 2.0 ? -value : value;
}
LOOPSMITH_FUNCTION double loopsmith_sin(double x) { return x == 0.0 ? x : loopsmith_circle(x, 0); }
LOOPSMITH_FUNCTION double loopsmith_cos(double x) { return loopsmith_circle(x, 1); }
LOOPSMITH_FUNCTION double loopsmith_tan(double x) { return loopsmith_sin(x) / loopsmith_cos(x); }

/* halved twice by atan x = 2 atan(x / (1 + sqrt(1 + x^2))), then Gregory's series */
LOOPSMITH_FUNCTION double loopsmith_atan(double x) {
  if (x != x || x == 0.0) return x;
  const double size = __builtin_fabs(x), inside = size > 1.0 ? 1.0 / size : size;
  const double once = inside / (1.0 + __builtin_sqrt(1.0 + inside * inside)), twice = once / (1.0 + __builtin_sqrt(1.0 + once * once));
  const double z = -twice * twice;
  double p = 0.0;
#pragma unroll
  for (int i = 23; i > 0; i -= 2) p = __builtin_fma(p, z, 1.0 / i);
  const double angle = 4.0 * twice * p;
  return __builtin_copysign(size > 1.0 ? 1.5707963267948966 - angle : angle, x);
}
LOOPSMITH_FUNCTION double loopsmith_atan2(double y, double x) {
  if (x != x || y != y) return x + y;
  const double width = __builtin_fabs(x), height = __builtin_fabs(y);
  const double angle = width == 0.0 && height == 0.0 ? 0.0 : width == height ? 0.7853981633974483 : height < width ? loopsmith_atan(height / width) : 1.5707963267948966 - loopsmith_atan(width / height);
  return __builtin_copysign(__builtin_signbit(x) ? 3.141592653589793 - angle : angle, y);
}
LOOPSMITH_FUNCTION double loopsmith_asin(double x) { return x == 0.0 ? x : loopsmith_atan2(x, __builtin_sqrt((1.0 - x) * (1.0 + x))); }
LOOPSMITH_FUNCTION double loopsmith_acos(double x) { return loopsmith_atan2(__builtin_sqrt((1.0 - x) * (1.0 + x)), x); }

/* e^x / 2 without overflow before its time */
LOOPSMITH_FUNCTION double loopsmith_half_exp(double x) { const double root = loopsmith_exp(0.5 * x); return 0.5 * root * root; }
LOOPSMITH_FUNCTION double loopsmith_sinh(double x) {
  const double size = __builtin_fabs(x);
  if (size < 1.0) return loopsmith_odd_series(x, x * x);
  return __builtin_copysign(size > 20.0 ? loopsmith_half_exp(size) : 0.5 * (loopsmith_exp(size) - loopsmith_exp(-size)), x);
}
LOOPSMITH_FUNCTION double loopsmith_cosh(double x) {
  const double size = __builtin_fabs(x);
  return size > 20.0 ? loopsmith_half_exp(size) : 0.5 * (loopsmith_exp(size) + loopsmith_exp(-size));
}
LOOPSMITH_FUNCTION double loopsmith_tanh(double x) {
  if (x != x) return x;
  return __builtin_fabs(x) > 20.0 ? __builtin_copysign(1.0, x) : loopsmith_sinh(x) / loopsmith_cosh(x);
}
LOOPSMITH_FUNCTION double loopsmith_asinh(double x) {
  const double size = __builtin_fabs(x), square = size * size;
  return __builtin_copysign(size > 1e8 ? loopsmith_log(size) + 0.6931471805599453 : loopsmith_log1p(size + square / (1.0 + __builtin_sqrt(1.0 + square))), x);
}
LOOPSMITH_FUNCTION double loopsmith_acosh(double x) {
  const double above = x - 1.0;
  return x > 1e8 ? loopsmith_log(x) + 0.6931471805599453 : loopsmith_log1p(above + __builtin_sqrt(above) * __builtin_sqrt(x + 1.0));
}
LOOPSMITH_FUNCTION double loopsmith_atanh(double x) { const double size = __builtin_fabs(x); return __builtin_copysign(0.5 * loopsmith_log1p(2.0 * size / (1.0 - size)), x); }

/* below 2.5 a series of positive terms (Abramowitz and Stegun 7.1.6), above the continued fraction of erfc (7.1.14) */
LOOPSMITH_FUNCTION double loopsmith_erf(double x) {
  if (x != x) return x;
  const double size = __builtin_fabs(x), square = size * size;
  if (size > 6.0) return __builtin_copysign(1.0, x);
  const double bell = loopsmith_exp(-square) * 1.1283791670955126;
  double p = 0.0;
  if (size < 2.5) {
    for (int i = 50; i >= 0; i--) p = 1.0 + p * (2.0 * square) / (2 * i + 3);
    return x * bell * p;
  }
  for (int i = 60; i > 0; i--) p = 0.5 * i / (size + p);
  return __builtin_copysign(1.0 - 0.5 * bell / (size + p), x);
}

LOOPSMITH_FUNCTION double loopsmith_pow(double x, double y) {
  if (y == 0.0 || x == 1.0) return 1.0;
  if (x != x || y != y) return x + y;
  const double size = __builtin_fabs(x), half = y * 0.5;
  const int whole = y == __builtin_floor(y), odd = whole && half != __builtin_floor(half);
  const double value = size == 1.0 ? 1.0 : loopsmith_exp(y * loopsmith_log(size));
  if (!__builtin_signbit(x)) return value;
  if (!whole && size > 0.0 && size < __builtin_inf()) return __builtin_nan("");
  return odd ? -value : value;
}

/* by long division in base two, every step exact */
LOOPSMITH_FUNCTION double loopsmith_fmod(double x, double y) {
  double left = __builtin_fabs(x), scaled = __builtin_fabs(y);
  const double size = scaled;
  if (x != x || y != y || size == 0.0 || left == __builtin_inf()) return __builtin_nan("");
  if (size == __builtin_inf()) return x;
  while (scaled <= left * 0.5) scaled *= 2.0;
  for (; scaled >= size; scaled *= 0.5) if (left >= scaled) left -= scaled;
  return __builtin_copysign(left, x);
}

/* Networks compute much of exp, tanh and erf in floats, and GPUs are slow in double: these have forms of their own. */
LOOPSMITH_FUNCTION float loopsmith_tanhf(float x) {
  const float size = __builtin_fabsf(x), z = x * x;
  /* below 5/8 the continued fraction x / (1 + x^2 / (3 + x^2 / (5 + ..))) cut at the ninth */
  if (size < 0.625f) return x * ((z + 105.0f) * z + 945.0f) / ((15.0f * z + 420.0f) * z + 945.0f);
  return __builtin_copysignf(1.0f - 2.0f / (__builtin_expf(size + size) + 1.0f), x);
}

/* below 1 the series of erf, above Abramowitz and Stegun 7.1.26, whose absolute error is 1.5e-7 */
LOOPSMITH_FUNCTION float loopsmith_erff(float x) {
  const float size = __builtin_fabsf(x), z = x * x;
  if (size < 1.0f) return x * ((((((((((1.48071928e-08f * z + -1.63658447e-07f) * z + 1.64621144e-06f) * z + -1.49256504e-05f) * z + 0.00012055333f) * z + -0.000854832702f) * z + 0.00522397763f) * z + -0.0268661706f) * z + 0.112837917f) * z + -0.376126389f) * z + 1.12837917f);
  const float t = 1.0f / (1.0f + 0.3275911f * size);
  const float tail = t * ((((1.061405429f * t - 1.453152027f) * t + 1.421413741f) * t - 0.284496736f) * t + 0.254829592f) * __builtin_expf(-z);
  return __builtin_copysignf(1.0f - tail, x);
}

#define LOOPSMITH_FLOAT(name) LOOPSMITH_FUNCTION float loopsmith_##name##f(float x) { return (float)loopsmith_##name((double)x); }
#define LOOPSMITH_FLOAT2(name) LOOPSMITH_FUNCTION float loopsmith_##name##f(float x, float y) { return (float)loopsmith_##name((double)x, (double)y); }
LOOPSMITH_FLOAT(sin) LOOPSMITH_FLOAT(cos) LOOPSMITH_FLOAT(tan) LOOPSMITH_FLOAT(asin) LOOPSMITH_FLOAT(acos) LOOPSMITH_FLOAT(atan)
LOOPSMITH_FLOAT(sinh) LOOPSMITH_FLOAT(cosh) LOOPSMITH_FLOAT(asinh) LOOPSMITH_FLOAT(acosh) LOOPSMITH_FLOAT(atanh)
LOOPSMITH_FLOAT2(atan2) LOOPSMITH_FLOAT2(pow) LOOPSMITH_FLOAT2(fmod)
#undef LOOPSMITH_FLOAT
#undef LOOPSMITH_FLOAT2

#endif
