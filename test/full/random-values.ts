/**
 * Random indices, guards and values of structured programs: quotients and remainders, guards that are asked again, reads that only a guard keeps inside.
 * All in f32, of few products and of quotients by powers of two, so that small integers give exact answers. No functions and no choices by values.
 */
import { add, constant, floorDivide, modulo, plus, rangeOf, scale, subtract, sum, variable, type Buffer, type Expression, type Guard, type Index, type LoopVariable } from '@loopsmith/ir';
import { binary, float, load } from '@loopsmith/codegen-c-family/testing';
import type { Random } from '@loopsmith/util';

/** Where a value is computed. */
export interface Place {
  /** The loops around it but for that of the lanes. */
  readonly loops: readonly LoopVariable[];
  /** The index of the lane, and how many lanes there are: 1 where it is no vector. */
  readonly lane: Index;
  readonly width: number;
  readonly readable: readonly Buffer[];
  /** Guards of this kernel up to here, and the loops that they are of. */
  readonly asked: { readonly guard: Guard; readonly loops: readonly LoopVariable[] }[];
}

export interface Values {
  /** An index of [0, room], the first lane's. */
  index(loops: readonly LoopVariable[], room: number): Index;
  guard(loops: readonly LoopVariable[]): Guard;
  /** A tree of at most `depth` levels; `products` says how many may be multiplied with each other. */
  value(place: Place, depth: number, products?: number): Expression;
}

/** `lanes` of a whole vector; of `kinds` kinds of a term, three have a quotient. */
export const randomValues = (random: Random, lanes: number, kinds: number): Values => {
  const chance = (of: number): boolean => random.next() < of;
  const term = (loop: LoopVariable, loops: readonly LoopVariable[]): Index => {
    const at = variable(loop), kind = random.below(kinds), by = random.pick([1, 1, 2, 3, lanes, lanes, 2 * lanes, -1, -lanes, 5]);
    if (kind === 0) return scale(floorDivide(plus(scale(at, random.pick([1, 2, 3, 5])), random.below(9)), random.pick([2, 3, 4, 5, 6, 7, 8, 9, 16])), by);
    if (kind === 1) return scale(modulo(plus(at, random.below(5)), random.pick([2, 3, 4, 5, 8])), by);
    if (kind === 2) return scale(floorDivide(sum(scale(at, random.pick([1, 2, 3])), scale(variable(random.pick(loops)), random.pick([1, 2, 5, -1])), constant(random.below(12))), random.pick([2, 3, 4, 5, 7, 8, 12])), by);
    return scale(at, by);
  };

  const index = (loops: readonly LoopVariable[], room: number): Index => {
    for (let attempt = 0; attempt < 12; attempt++) {
      const at = sum(...loops.filter(() => chance(0.6)).map((loop) => term(loop, loops))), { first, last } = rangeOf(at);
      if (last - first <= room) return plus(at, random.below(room - last + first + 1) - first);
    }
    return constant(random.below(room + 1));
  };

  const guard = (loops: readonly LoopVariable[]): Guard => Array.from({ length: 1 + random.below(3) }, () => {
    const at = sum(...loops.filter(() => chance(0.5)).map((loop) =>
      scale(chance(0.2) ? floorDivide(plus(variable(loop), random.below(3)), 2 + random.below(3)) : variable(loop), random.pick([1, -1, 2, -2, 3]))));
    const { first, last } = rangeOf(at);
    return plus(at, -first - random.below(Math.max(1, last - first + 1)));
  });

  const read = ({ loops, lane, width, readable }: Place): Expression => {
    const from = random.pick(readable);
    return chance(0.3) ? load(from, index(loops, from.size - 1)) : load(from, add(index(loops, from.size - width), lane));
  };
  /** Up to a vector before the buffer or behind it, but not where that is asked first. */
  const readInside = (place: Place): Expression => {
    const { loops, lane, width, readable } = place;
    const from = random.pick(readable), begin = plus(index(loops, from.size - width), random.below(2 * lanes) - lanes);
    return { kind: 'select', when: [begin, subtract(constant(from.size - width), begin)], then: load(from, add(begin, lane)), otherwise: chance(0.5) ? float(0) : read(place) };
  };

  const value = (place: Place, depth: number, products = 3): Expression => {
    const kind = random.below(12);
    if (depth <= 0 || kind < 4) return read(place);
    if (kind === 4) return float(random.pick([0, 0, 1, 2, -1, 0.5, 3, -0, -2]));
    if (kind < 8) return binary(random.pick(['add', 'subtract']), value(place, depth - 1, products), value(place, depth - 1, products));
    if (kind === 8 && products > 0) return binary('multiply', value(place, depth - 1, products - 1), read(place));
    if (kind === 9) return binary(random.pick(['max', 'min']), value(place, depth - 1, products), value(place, depth - 1, products));
    if (kind === 10) return chance(0.7) ? { kind: 'unary', operator: 'negate', of: value(place, depth - 1, products) } : binary('divide', value(place, depth - 1, products), float(random.pick([2, 4, -2])));
    if (chance(0.3)) return readInside(place);
    const before = place.asked.filter(({ loops }) => loops.every((loop) => place.loops.includes(loop)));
    const asked = before.length > 0 && chance(0.6) ? random.pick(before) : { guard: guard(place.loops), loops: place.loops };
    place.asked.push(asked);
    return { kind: 'select', when: asked.guard, then: value(place, depth - 1, products), otherwise: chance(0.5) ? float(0) : value(place, depth - 1, products) };
  };
  return { index, guard, value };
};
