/**
 * The k-th largest element of rows, found without sorting: an interval of numbers that holds it is cut into eight, until it holds one. How many elements are
 * not below each cut decides where to go on. Floats are first narrowed to a power of two, then by their digits; every number on the way is exact.
 */
import { fromNumbers, isFloat, type DType, type GraphTensor } from '@loopsmith/ir';
import { scalarLike } from './filled.js';
import { computed } from './position.js';
import type { Translation } from './translation.js';

/** Element types whose numbers can be narrowed down. */
export const hasThreshold = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64' || dtype === 'i32' || dtype === 'i64';

/** Bits of a float's digits, and the exponents of its normal numbers. */
const floats = { f32: { digits: 23, least: -126, most: 127 }, f64: { digits: 52, least: -1022, most: 1023 } } as const;

/** Where intervals begin, in order, and how wide they are: each holds the numbers between two powers of two; -infinity and infinity are alone. */
const intervalsOf = ({ digits, least, most }: (typeof floats)['f32' | 'f64']): { readonly starts: readonly number[]; readonly widths: readonly number[] } => {
  const powers = Array.from({ length: most - least + 1 }, (_, i) => 2 ** (least + i)), largest = 2 ** most * (2 - 2 ** -digits);
  // below -2^least come the widest, whose own start is no number: the least one stands for it
  const below = [...powers].reverse();
  return {
    starts: [-Infinity, -largest, ...below.map((power) => -power), 0, ...powers, Infinity],
    widths: [0, 2 ** most, ...below.slice(1), 2 ** least, 2 ** least, ...powers, 0],
  };
};

/** The k-th largest element of each row: keys[b, n, a] without NaN to [b, 1, a]. Ask `hasThreshold` before. */
export const kthLargest = (t: Translation, keys: GraphTensor, k: number): GraphTensor => {
  const { dtype } = keys;
  const numbers = (of: DType, count: number, value: (i: number) => number): GraphTensor => computed(t, of, [1, count, 1], value);
  const reached = (cuts: GraphTensor): GraphTensor => t.emit('reached', [keys, cuts], { k });
  /** The number that follows when so many of `cuts` numbers, `width` apart behind `from`, are reached. */
  const narrowed = (from: GraphTensor, width: GraphTensor, cuts: number): GraphTensor => {
    const behind = (times: GraphTensor): GraphTensor => t.emit('add', [from, t.emit('multiply', [width, times])]);
    return behind(t.emit('cast', [reached(behind(numbers(dtype, cuts, (i) => i + 1)))], { to: dtype }));
  };
  const bitsOf = (width: number): number => (width % 3 === 0 ? 3 : width % 3);
  if (!isFloat(dtype)) {
    const bits = dtype === 'i32' ? 32 : 64;
    let from = numbers(dtype, 1, () => -(2 ** (bits - 1)));
    for (let left = bits; left > 0;) {
      // half of all numbers is more than a number of this type, so the first cut is in four
      const taken = left === bits ? 2 : bitsOf(left);
      left -= taken;
      from = narrowed(from, scalarLike(t, from, 2 ** left), 2 ** taken - 1);
    }
    return from;
  }
  const format = floats[dtype as keyof typeof floats], { starts, widths } = intervalsOf(format), first = bitsOf(format.digits);
  const begin = t.constant(fromNumbers(dtype, [starts.length], starts)), step = t.constant(fromNumbers(dtype, [widths.length], widths.map((width) => width / 2 ** first)));
  const place = (at: GraphTensor, of: GraphTensor): GraphTensor => t.emit('gather', [of, at], { axis: 0 });
  let at: GraphTensor | undefined;
  for (let size = starts.length / 8; size >= 1; size /= 8) {
    const cuts = numbers('i32', 7, (i) => (i + 1) * size), asked = at ? t.emit('add', [at, cuts]) : cuts;
    const moved = t.emit('multiply', [reached(place(asked, begin)), numbers('i32', 1, () => size)]);
    at = at ? t.emit('add', [at, moved]) : moved;
  }
  let from = place(at!, begin), width = place(at!, step);
  for (let left = format.digits, taken = first; left > 0; left -= taken, taken = 3) {
    if (left < format.digits) width = t.emit('multiply', [width, scalarLike(t, width, 1 / 8)]);
    from = narrowed(from, width, 2 ** taken - 1);
  }
  return from;
};
