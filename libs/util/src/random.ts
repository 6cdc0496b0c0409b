/**
 * Seeded random numbers, the same on every machine. Clock and Math.random have no place here or in any caller
 * below the apps: a search that is given the same seed and the same results proposes the same candidates.
 */

export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer in [0, bound). */
  below(bound: number): number;
  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T;
  /** A stream of its own, determined by this one's seed and the name alone, whatever was drawn before. */
  fork(name: string): Random;
}

/** FNV-1a over UTF-16 code units: mixes names into seeds, 32 bits. Not a content hash (see hash.ts). */
export const mixName = (seed: number, name: string): number => {
  let hash = (seed ^ 0x811c9dc5) >>> 0;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
};

/** The finaliser of MurmurHash3 (Appleby, public domain): 32 bits that look drawn from 32 that count. */
export const mixBits = (bits: number): number => {
  let z = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
};

/** Generator: splitmix32 (Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014; its 32-bit finaliser is MurmurHash3's). */
export const seededRandom = (seed: number): Random => {
  let state = seed >>> 0;
  const bits = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return mixBits(state);
  };
  const random: Random = {
    next: () => bits() / 4294967296,
    below: (bound) => Math.floor((bits() / 4294967296) * bound),
    pick: (list) => {
      if (list.length === 0) throw new Error('Random.pick needs a list with at least one element');
      return list[Math.floor((bits() / 4294967296) * list.length)]!;
    },
    fork: (name) => seededRandom(mixName(seed >>> 0, name)),
  };
  return random;
};
