/**
 * Seeded weights with the same bits on every machine: an integer hashed from a counter, times one float32 scale,
 * rounded once. No logarithm, no normal distribution, no sum of floats.
 */

import { mixBits, mixName } from '@loopsmith/util';

/** Integers have at most 25 bits, so integer times float32 is exact in a double and storing it is the only rounding. */
const half = 2 ** 23;

/** 32 bits from a counter and the key of a tensor, its name. The key is combined by xor, so that no two tensors hold runs of the same numbers. */
const hash = (counter: number, key: number): number => mixBits(Math.imul(counter, 0x9e3779b9) ^ key);

/**
 * `filters` filters of `fanIn` weights, uniform in about ±sqrt(3 * gain / fanIn): a sum of `fanIn` products has `gain`
 * times the mean square of its inputs. `centred` takes each filter's mean away, in integers: what all inputs share, as
 * they do behind a ReLU, then cancels, and deep networks still tell two images apart.
 */
export const scaledWeights = (name: string, filters: number, fanIn: number, gain: number, centred: boolean): Float32Array => {
  const key = mixName(0, name), step = Math.fround(Math.sqrt((3 * gain) / fanIn) / half);
  const values = new Float32Array(filters * fanIn), filter = new Int32Array(fanIn);
  for (let f = 0, at = 0; f < filters; f++, at += fanIn) {
    let total = 0;
    for (let i = 0; i < fanIn; i++) total += filter[i] = hash(at + i, key) >> 8; // signed
    const mean = centred ? Math.floor(total / fanIn) : 0;
    for (let i = 0; i < fanIn; i++) values[at + i] = (filter[i]! - mean) * step;
  }
  return values;
};

/** Uniform in [low, high), both given in millionths. */
export const millionths = (name: string, count: number, low: number, high: number): Float32Array => {
  const key = mixName(0, name), step = Math.fround(1e-6);
  return Float32Array.from({ length: count }, (_, i) => (low + (hash(i, key) >>> 8) % (high - low)) * step);
};
