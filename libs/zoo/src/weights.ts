/**
 * Seeded weights with the same bits on every machine: an integer from a counter-based generator, times one float32 scale,
 * rounded once. No logarithm, no normal distribution, no sum of floats.
 */
import { seededRandom } from '@loopsmith/util';

/** Integers have at most 25 bits, so integer times float32 is exact in a double and storing it is the only rounding. */
const half = 2 ** 23;

/** `count` values, uniform over [from, to) times `scale`. `from` and `to` are integers of at most 25 bits; the name is the seed. */
export const uniformIntegers = (name: string, count: number, from: number, to: number, scale: number): Float32Array => {
  const random = seededRandom(0).fork(name), step = Math.fround(scale);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (from + random.below(to - from)) * step;
  return values;
};

/**
 * `filters` filters of `fanIn` weights, uniform in about ±sqrt(3 * gain / fanIn): a sum of `fanIn` products has `gain`
 * times the mean square of its inputs. `centred` takes each filter's mean away, in integers: what all inputs share, as
 * they do behind a ReLU, then cancels, and deep networks still tell two images apart.
 */
export const scaledWeights = (name: string, filters: number, fanIn: number, gain: number, centred: boolean): Float32Array => {
  const random = seededRandom(0).fork(name), step = Math.fround(Math.sqrt((3 * gain) / fanIn) / half);
  const values = new Float32Array(filters * fanIn), filter = new Int32Array(fanIn);
  for (let f = 0; f < filters; f++) {
    let total = 0;
    for (let i = 0; i < fanIn; i++) total += filter[i] = random.below(2 * half) - half;
    const mean = centred ? Math.floor(total / fanIn) : 0;
    for (let i = 0; i < fanIn; i++) values[f * fanIn + i] = (filter[i]! - mean) * step;
  }
  return values;
};

/** Uniform in [low, high), both given in millionths. */
export const millionths = (name: string, count: number, low: number, high: number): Float32Array => uniformIntegers(name, count, low, high, 1e-6);
