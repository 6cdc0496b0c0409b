/**
 * Seeded weights with the same bits on every machine: an integer hashed from a counter, times one float32 scale,
 * rounded once. No logarithm, no normal distribution, no sum of floats.
 */

/** Integers have at most 25 bits, so integer times float32 is exact in a double and storing it is the only rounding. */
const half = 2 ** 23;

/** FNV-1a over UTF-16 code units: the key of a tensor. */
const keyOf = (name: string): number => {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash;
};

/**
 * 32 bits (signed) from a counter and a key: the finaliser of MurmurHash3 (Appleby, public domain). The key is combined by xor, so that no two
 * tensors hold runs of the same numbers.
 */
const hash = (counter: number, key: number): number => {
  let z = Math.imul(counter, 0x9e3779b9) ^ key;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
};

/**
 * `filters` filters of `fanIn` weights, uniform in about ±sqrt(3 * gain / fanIn): a sum of `fanIn` products has `gain`
 * times the mean square of its inputs. `centred` takes each filter's mean away, in integers: what all inputs share, as
 * they do behind a ReLU, then cancels, and deep networks still tell two images apart.
 */
export const scaledWeights = (name: string, filters: number, fanIn: number, gain: number, centred: boolean): Float32Array => {
  const key = keyOf(name), step = Math.fround(Math.sqrt((3 * gain) / fanIn) / half);
  const values = new Float32Array(filters * fanIn), filter = new Int32Array(fanIn);
  for (let f = 0, at = 0; f < filters; f++, at += fanIn) {
    let total = 0;
    for (let i = 0; i < fanIn; i++) total += filter[i] = hash(at + i, key) >> 8;
    const mean = centred ? Math.floor(total / fanIn) : 0;
    for (let i = 0; i < fanIn; i++) values[at + i] = (filter[i]! - mean) * step;
  }
  return values;
};

/** Uniform in [low, high), both given in millionths. */
export const millionths = (name: string, count: number, low: number, high: number): Float32Array => {
  const key = keyOf(name), step = Math.fround(1e-6);
  return Float32Array.from({ length: count }, (_, i) => (low + (hash(i, key) >>> 8) % (high - low)) * step);
};
