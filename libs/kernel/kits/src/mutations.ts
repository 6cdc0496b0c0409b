/** Damaged copies of a file, as downloads, disks and enemies make them: bits flipped, the end cut off, parts moved, repeated and overwritten. Seeded. */
import type { Random } from '@loopsmith/util';

/** What was done, for messages, and the file that it left. */
interface Mutation { readonly what: string; readonly bytes: Uint8Array }

/** Numbers that lengths and counts go wrong with. */
const bad = [0x00, 0x01, 0x7f, 0x80, 0xff];

/** One change to a copy, or up to eight of the same kind: one gets deepest into a reader. */
export const mutated = (bytes: Uint8Array, random: Random): Mutation => {
  const place = (): number => random.below(Math.max(1, bytes.length));
  const times = random.below(2) === 0 ? 1 : 2 + random.below(7);
  switch (random.below(5)) {
    case 0: {
      const copy = Uint8Array.from(bytes);
      for (let i = 0; i < times; i++) copy[place()]! ^= 1 << random.below(8);
      return { what: `${times} bits flipped`, bytes: copy };
    }
    case 1: {
      const end = place();
      return { what: `cut off at ${end}`, bytes: bytes.slice(0, end) };
    }
    case 2: {
      const copy = Uint8Array.from(bytes);
      for (let i = 0; i < times; i++) copy[place()] = random.pick(bad);
      return { what: `${times} bytes set to extremes`, bytes: copy };
    }
    case 3: {
      const from = place(), length = 1 + random.below(64), to = place();
      return { what: `${length} bytes of ${from} put in at ${to}`, bytes: Buffer.concat([bytes.subarray(0, to), bytes.subarray(from, from + length), bytes.subarray(to)]) };
    }
    default: {
      const from = place(), length = 1 + random.below(64);
      return { what: `${length} bytes left out at ${from}`, bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]) };
    }
  }
};
