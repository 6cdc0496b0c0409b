/**
 * exp, log, tanh, erf, sin, cos, tan, asin, acos, atan and remainders on vectors of floats, as C functions over vector types. Series, of
 * as few terms as leave less than half a unit, and continued fractions: exp within 2 units in the last place, atan, asin and acos within
 * 4, remainders exact, the others within 1e-6 of the value. Infinities and NaN behave as in libm. Doubles and the rarer functions go through libm, lane by lane.
 */
import { literal } from './c-types.js';

export interface VectorFunction {
  /** Names of other helpers its body calls, with `V` for the vector type's name, `S` for that of one lane. */
  readonly needs: readonly string[];
  /** Body over the argument `a`, or `a` and `b`; V the float vector type, I the integer vector type of the same width, D as many doubles. */
  readonly body: string;
}

/** c[0] + z*(c[1] + z*(...)): Horner's rule, which contracts into multiply-adds. */
const polynomial = (z: string, coefficients: readonly number[]): string =>
  coefficients.slice(0, -1).reduceRight((inner, c) => `(${inner} * ${z} + ${literal('f32', c)})`, literal('f32', coefficients.at(-1)!));

/** Kept: economising asks for thousands, every time the program starts. */
const factorials: number[] = [1, 1];
const factorial = (n: number): number => (factorials[n] ??= n * factorial(n - 1));
const count = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i);

/** ln 2 in two parts; the first has few enough bits that its small multiples are exact. */
const ln2High = 0.693359375, ln2Low = Math.LN2 - ln2High;
/**
 * The Taylor series of exp to the seventh power, whose last term is replaced by what Chebyshev's polynomial of that degree leaves of it for
 * |r| <= h = ln 2 / 2: x^7 = (112 x^5 - 56 x^3 + 7 x) / 64 + T7(x) / 64 with x = r/h. The error is 2e-9.
 */
const expSeries = count(7).map((i) => 1 / factorial(i) + (({ 1: 7, 3: -56, 5: 112 } as Readonly<Record<number, number>>)[i] ?? 0) / 64 * (Math.LN2 / 2) ** (7 - i) / factorial(7));

/**
 * A power series for arguments in [0, end] with so many terms: from the last one on, z^n is replaced by what Chebyshev's polynomial of that degree leaves of
 * it, which is at most 2 (end/4)^n (Lanczos, "Applied Analysis", 1956: economisation).
 */
export const economised = (whole: readonly number[], end: number, terms: number): readonly number[] => {
  if (whole.length <= terms) return whole;
  const n = whole.length - 1, chebyshev = (k: number): number => (-4) ** k * factorial(n + k - 1) / (factorial(n - k) * factorial(2 * k));
  return economised(whole.slice(0, n).map((c, k) => c - whole[n]! * chebyshev(k) / chebyshev(n) * end ** (n - k)), end, terms);
};

/** a * 2^n, b being n + 1.5*2^23. 2^n in two factors reaches denormals. */
export const scaleInTwo = `
I k = (I)b - 0x4b400000;
I half = k >> 1;
return a * (V)((half + 127) << 23) * (V)((k - half + 127) << 23);`;

/** Beyond this libm finds the quarter turn. */
const farthest = 2 ** 20;
/** The first 33 bits of pi/2, of which 2^20 multiples are exact in double, and what they lack. */
const quarterHigh = 1.5707963267341256, quarterLow = 6.077100506506192e-11;
/**
 * atan on [-1, 1] in x^2, divided by x: Chebyshev's series 2 sum (-1)^k q^(2k+1) / (2k+1) T_2k+1(x) with q = sqrt 2 - 1, its first ten terms written out in
 * powers of x. What they leave is below 2e-8 of the value, most at 0.
 */
const atanSeries = count(10).map((j) => (-1) ** j * 2 ** (2 * j + 1) / factorial(2 * j + 1) *
  count(10 - j).reduce((terms, above) => terms + (Math.SQRT2 - 1) ** (2 * (j + above) + 1) * factorial(2 * j + above) / factorial(above), 0));

/** In z = x^2 up to `end`, as few terms as leave less than half a unit of the value. Turns are of pi/4 and a little more. */
export const series = {
  sinOverX: { end: 0.63, terms: economised(count(10).map((n) => (-1) ** n / factorial(2 * n + 1)), 0.63, 4) },
  cos: { end: 0.63, terms: economised(count(10).map((n) => (-1) ** n / factorial(2 * n)), 0.63, 5) },
  asinOverX: { end: 0.25, terms: economised(count(20).map((n) => factorial(2 * n) / (4 ** n * factorial(n) ** 2 * (2 * n + 1))), 0.25, 6) },
  atanOverX: { end: 1, terms: atanSeries },
  erfOverX: { end: 1, terms: economised(count(20).map((n) => (2 / Math.sqrt(Math.PI)) * (-1) ** n / (factorial(n) * (2 * n + 1))), 1, 7) },
} as const;

/** Beyond 1/2, asin |a| = pi/2 - 2 asin s with s^2 = (1 - |a|) / 2, which is exact and negative beyond 1. `v` is asin of a or of s. */
const arcus = (value: string): VectorFunction => ({
  needs: ['absolute_V', 'sqrt_V', 'pick_V'],
  body: `
I near = absolute_V(a) <= 0.5f - (V){};
V z = pick_V(near, a * a, (1.0f - absolute_V(a)) * 0.5f);
V v = pick_V(near, a, sqrt_V(z)) * ${polynomial('z', series.asinOverX.terms)};
${value}`,
});

/**
 * a = n pi/2 + r, r of at most pi/4 or so: by n's last bits the value is sin r or cos r, of either sign. r is the difference of two doubles, since
 * next to a multiple it has few of the bits of a; n may be one off where a is large, and r is then a little longer.
 */
const turning = (name: 'sin' | 'cos' | 'tan', value: string): VectorFunction => ({
  needs: ['absolute_V', 'across_max_V', 'pick_V', `${name}_S`],
  body: `
if (!(across_max_V(absolute_V(a)) < ${literal('f32', farthest)})) {
  V far = a;
  for (unsigned i = 0; i < sizeof(V) / sizeof(float); i++) far[i] = ${name}_S(a[i]);
  return far;
}
V shifted = a * ${literal('f32', 2 / Math.PI)} + 12582912.0f;
D n = __builtin_convertvector(shifted - 12582912.0f, D);
V r = __builtin_convertvector((__builtin_convertvector(a, D) - n * ${literal('f64', quarterHigh)}) - n * ${literal('f64', quarterLow)}, V);
I turns = (I)shifted;
V z = r * r, s = r * ${polynomial('z', series.sinOverX.terms)}, c = ${polynomial('z', series.cos.terms)};
${value}`,
});
/** The sine of a whole number of quarter turns and r. */
const turned = (turns: string): string => `return (V)((I)pick_V(-(${turns} & 1), c, s) ^ ((${turns} & 2) << 30));`;

/**
 * The quotient of floats without its fraction is found in double where it is below 2^29: a multiple of b that a misses, it misses by 2^-24 of b at least.
 * Product and difference are exact then. Vectors with a larger one, or one that is no number, ask libm.
 */
export const remainder: VectorFunction = {
  needs: ['absolute_V', 'across_max_V', 'pick_V', 'remainder_S'],
  body: `
I known = (absolute_V(a / b) < ${literal('f32', 2 ** 28)}) & (absolute_V(b) < __builtin_inff() - (V){});
if (across_max_V(pick_V(known, (V){}, 1.0f - (V){})) > 0.0f) {
  V far = a;
  for (unsigned i = 0; i < sizeof(V) / sizeof(float); i++) far[i] = remainder_S(a[i], b[i]);
  return far;
}
D x = __builtin_convertvector(a, D), y = __builtin_convertvector(b, D);
D n = __builtin_convertvector(__builtin_convertvector(x / y, I), D);
return (V)((I)__builtin_convertvector(x - n * y, V) | ((I)a & (-2147483647 - 1)));`,
};

export const vectorFunctions: Readonly<Record<'exp' | 'log' | 'tanh' | 'erf' | 'sin' | 'cos' | 'tan' | 'asin' | 'acos' | 'atan', VectorFunction>> = {
  // e^a = 2^n e^r with n = round(a / ln 2); adding 1.5*2^23 rounds and leaves n in the low bits
  exp: {
    needs: ['min_V', 'max_V', 'scale_V'],
    body: `
V c = max_V(min_V(a, 89.0f - (V){}), -104.0f - (V){});
V shifted = c * ${literal('f32', Math.LOG2E)} + 12582912.0f;
V n = shifted - 12582912.0f;
V r = c - n * ${literal('f32', ln2High)};
r = r - n * ${literal('f32', ln2Low)};
V p = ${polynomial('r', expSeries)};
return scale_V(p, shifted);`,
  },
  // a = 2^k m with m in [sqrt(1/2), sqrt(2)); log m = 2 artanh(s) with s = (m-1)/(m+1)
  log: {
    needs: ['pick_V'],
    body: `
I tiny = a < ${literal('f32', 2 ** -126)};
V b = pick_V(tiny, a * 8388608.0f, a);
I k = ((I)b - 0x3f3504f3) >> 23;
V m = (V)((I)b - (k << 23));
V e = __builtin_convertvector(k - (tiny & 23), V);
V s = (m - 1.0f) / (m + 1.0f);
V z = s * s;
V rest = s * (z * ${polynomial('z', [2 / 3, 2 / 5, 2 / 7, 2 / 9])}) + e * ${literal('f32', ln2Low)};
V value = (rest + 2.0f * s) + e * ${literal('f32', ln2High)};
value = pick_V(a == __builtin_inff() - (V){}, a, value);
value = pick_V(a == (V){}, -__builtin_inff() - (V){}, value);
return pick_V(a >= (V){}, value, __builtin_nanf("") - (V){});`,
  },
  // below 5/8 the continued fraction x/(1 + x^2/(3 + x^2/(5 + ..))) cut at the ninth, above 1 - 2/(e^2x + 1)
  tanh: {
    needs: ['exp_V', 'pick_V'],
    body: `
I sign = (I)a & (-2147483647 - 1);
V x = (V)((I)a ^ sign);
V z = a * a;
V small = a * ((z + 105.0f) * z + 945.0f) / ((15.0f * z + 420.0f) * z + 945.0f);
V large = (V)((I)(1.0f - 2.0f / (exp_V(x + x) + 1.0f)) | sign);
return pick_V(x < 0.625f - (V){}, small, large);`,
  },
  // below 1 a series; above, Abramowitz and Stegun 7.1.26, whose absolute error is 1.5e-7
  erf: {
    needs: ['exp_V', 'pick_V'],
    body: `
I sign = (I)a & (-2147483647 - 1);
V x = (V)((I)a ^ sign);
V z = a * a;
V small = a * ${polynomial('z', series.erfOverX.terms)};
V t = 1.0f / (1.0f + 0.3275911f * x);
V tail = t * ${polynomial('t', [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429])} * exp_V(-(x * x));
V large = (V)((I)(1.0f - tail) | sign);
return pick_V(x < 1.0f - (V){}, small, large);`,
  },
  sin: turning('sin', turned('turns')),
  cos: turning('cos', turned('(turns + 1)')),
  // a quarter turn on, the tangent is -1/tan r
  tan: turning('tan', 'I odd = -(turns & 1);\nreturn pick_V(odd, -c, s) / pick_V(odd, s, c);'),
  asin: arcus(`I sign = (I)a & (-2147483647 - 1);
return pick_V(near, v, (V)((I)(${literal('f32', Math.PI / 2)} - 2.0f * v) | sign));`),
  acos: arcus(`V beyond = pick_V(a < (V){}, ${literal('f32', Math.PI)} - 2.0f * v, 2.0f * v);
return pick_V(near, ${literal('f32', Math.PI / 2)} - v, beyond);`),
  // above 1, pi/2 less the arcus tangent of the inverse
  atan: {
    needs: ['absolute_V', 'min_V', 'max_V', 'pick_V'],
    body: `
I sign = (I)a & (-2147483647 - 1);
V x = absolute_V(a), one = 1.0f - (V){};
V t = min_V(x, one) / max_V(x, one);
V z = t * t;
V p = t * ${polynomial('z', series.atanOverX.terms)};
return (V)((I)pick_V(x > one, ${literal('f32', Math.PI / 2)} - p, p) | sign);`,
  },
};
