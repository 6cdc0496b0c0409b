/**
 * Seeded weights with the same bits on every machine: an integer from a counter-based generator, times one float32 scale,
 * rounded once. No logarithm, no normal distribution, no sum of floats.
 */
import { seededRandom } from '@loopsmith/util';

/** Integers have at most 24 bits, so integer times float32 is exact in a double and `fround` is the only rounding. */
const half = 2 ** 23;

/** `count` values, uniform over [from, to) times `scale`. `from` and `to` are integers of at most 24 bits; the name is the seed. */
export const uniformIntegers = (name: string, count: number, from: number, to: number, scale: number): Float32Array => {
  const random = seededRandom(0).fork(name), step = Math.fround(scale);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (from + random.below(to - from)) * step;
  return values;
};

/** Uniform in ±sqrt(3 * gain / fanIn), so that a sum of `fanIn` products has `gain` times the mean square of its inputs (He et al. 2015: gain 2 before a ReLU). */
export const scaledWeights = (name: string, count: number, fanIn: number, gain: number): Float32Array =>
  uniformIntegers(name, count, -half, half, Math.sqrt((3 * gain) / fanIn) / half);

/** Uniform in [low, high), both given in millionths. */
export const millionths = (name: string, count: number, low: number, high: number): Float32Array => uniformIntegers(name, count, low, high, 1e-6);
