/**
 * The range of an index where a guard holds. Decides whether a load stays inside its tensor. Sound, and complete for what
 * operators write: padding, cropping, strided scatters, clamped coordinates. No general solver.
 */
import { add, atomText, rangeOf, scale, type Atom, type Guard, type Index, type Range } from '../index/index-expression.js';

/** Bounds of `index` over the bindings at which every index of the guard is >= 0; an empty range (first > last) where there are none. */
export const rangeUnder = (index: Index, guard: Guard): Range => {
  const relevant = guard.filter((condition) => condition.terms.length > 0);
  if (guard.some((condition) => rangeOf(condition).last < 0)) return { first: 0, last: -1 };
  return relevant.length === 0 ? rangeOf(index) : refined(index, relevant, 2);
};

/** `depth` bounds how often divisions inside divisions are looked into. */
const refined = (index: Index, guard: Guard, depth: number): Range => {
  let { first, last } = interval(index, guard, depth);
  const combinations = [...guard, ...guard.flatMap((a, i) => guard.slice(i + 1).map((b) => add(a, b)))];
  for (const condition of combinations) {
    for (const times of multiples(index, condition)) {
      // index = times*condition + rest and condition >= 0; scaled by `times.of` so that all stays whole
      const low = interval(add(scale(index, times.of), scale(condition, -times.by)), guard, depth).first / times.of;
      const high = interval(add(scale(index, times.of), scale(condition, times.by)), guard, depth).last / times.of;
      first = Math.max(first, Math.ceil(low));
      last = Math.min(last, Math.floor(high));
    }
  }
  return { first, last };
};

/** The sum of the terms' ranges, each within what the guard says of its atom alone, with divisions looked into; never wider than `rangeOf`. */
const interval = (index: Index, guard: Guard, depth: number): Range => {
  const plain = rangeOf(index);
  let first = index.constant, last = index.constant;
  for (const { coefficient, atom } of index.terms) {
    const range = bounded(atom, depth > 0 && atom.kind === 'floorDivision' ? quotientRange(atom.index, atom.divisor, guard, depth) : atom, guard);
    first += coefficient * (coefficient > 0 ? range.first : range.last);
    last += coefficient * (coefficient > 0 ? range.last : range.first);
  }
  return { first: Math.max(first, plain.first), last: Math.min(last, plain.last) };
};

/** A range of an atom within the conditions that name nothing else. */
const bounded = (atom: Atom, { first, last }: Range, guard: Guard): Range => {
  const text = atomText(atom);
  for (const { terms: [term, ...others], constant } of guard) {
    if (!term || others.length > 0 || atomText(term.atom) !== text) continue;
    // coefficient * atom + constant >= 0
    if (term.coefficient > 0) first = Math.max(first, Math.ceil(-constant / term.coefficient));
    else last = Math.min(last, Math.floor(constant / -term.coefficient));
  }
  return { first, last };
};

const quotientRange = (dividend: Index, divisor: number, guard: Guard, depth: number): Range => {
  const range = refined(dividend, guard, depth - 1);
  return { first: Math.floor(range.first / divisor), last: Math.floor(range.last / divisor) };
};

/** Ratios by/of of a coefficient of the index to the condition's coefficient of the same atom: the multiples worth trying. */
const multiples = (index: Index, condition: Index): readonly { readonly by: number; readonly of: number }[] => {
  const found = new Map<string, { by: number; of: number }>();
  for (const term of index.terms) {
    const text = atomText(term.atom);
    const other = condition.terms.find(({ atom }) => atomText(atom) === text);
    if (!other) continue;
    const by = Math.abs(term.coefficient), of = Math.abs(other.coefficient);
    found.set(`${by}/${of}`, { by, of });
  }
  return [...found.values()];
};
