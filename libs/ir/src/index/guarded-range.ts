/**
 * The interval of an index where a guard holds: sound always, and exact for what operators and schedules write (padding,
 * cropping, strided scatters, tails). Variables are clipped by the guard's own bounds; then multiples of the guard's conditions
 * are subtracted, as in the dual of a linear program: where g >= 0, e is at least the least value of e - k*g, for every k >= 0.
 * What is divided is bounded first, in the same way. It searches no points (see loops/find-point) and rewrites nothing.
 */
import { atomText, decideGuard, indexText, plus, rangeOf, scale, substitute, subtract, variable, type Atom, type Guard, type Index, type LoopVariable, type Range } from './index-expression.js';

export interface GuardedRanges {
  readonly guard: Guard;
  /** No point can satisfy the guard (what it guards is dead). */
  readonly never: boolean;
  /** Empty (first > last) only where no point satisfies the guard. */
  range(index: Index): Range;
}

/** Ranges under a conjunction. Answers are remembered: indices that differ by a constant are one question. */
export const guardedRanges = (guard: Guard): GuardedRanges => {
  const clip = clippedBy(guard);
  const conditions = guard.map(clip.apply).filter((condition) => condition.terms.length > 0);
  const never = clip.empty || decideGuard(guard.map(clip.apply)) === 'never';
  const known = new Map<string, Range>();
  const range = (index: Index): Range => {
    if (never) return { first: 0, last: -1 };
    const { constant } = index;
    const clipped = clip.apply(constant === 0 ? index : plus(index, -constant));
    const text = indexText(clipped);
    let found = known.get(text);
    if (!found) {
      const narrowed: Index = { ...clipped, terms: clipped.terms.map(({ coefficient, atom }) => ({ coefficient, atom: narrower(atom) })) };
      found = { first: leastUnder(narrowed, conditions), last: -leastUnder(scale(narrowed, -1), conditions) };
      known.set(text, found);
    }
    return { first: found.first + constant, last: found.last + constant };
  };
  /** A quotient within what the guard leaves of its dividend. */
  const narrower = (atom: Atom): Atom => {
    if (atom.kind !== 'floorDivision' || conditions.length === 0) return atom;
    const { first, last } = range(atom.index);
    return { ...atom, first: Math.max(atom.first, Math.floor(first / atom.divisor)), last: Math.min(atom.last, Math.floor(last / atom.divisor)) };
  };
  return { guard, never, range };
};

/** Narrows every variable to what each condition leaves it, given the ranges of the others; twice, as one clip helps another. */
const clippedBy = (guard: Guard): { apply: (index: Index) => Index; empty: boolean } => {
  const bounds = new Map<string, LoopVariable>();
  const replacement = (name: string): Index | undefined => {
    const narrowed = bounds.get(name);
    return narrowed && variable(narrowed);
  };
  const apply = (index: Index): Index => (bounds.size === 0 ? index : substitute(index, replacement));
  for (let round = 0; round < 2; round++) {
    for (const condition of guard.map(apply)) {
      for (const { coefficient, atom } of condition.terms) {
        if (atom.kind !== 'variable') continue;
        const rest = rangeOf(subtract(condition, scale(variable(atom), coefficient))).last;
        const bound = coefficient > 0 ? Math.ceil(-rest / coefficient) : Math.floor(rest / -coefficient);
        const now = bounds.get(atom.name) ?? atom;
        const narrowed = coefficient > 0 ? { ...now, first: Math.max(now.first, bound) } : { ...now, last: Math.min(now.last, bound) };
        if (narrowed.first > narrowed.last) return { apply: (index) => index, empty: true };
        if (narrowed.first !== now.first || narrowed.last !== now.last) bounds.set(atom.name, narrowed);
      }
    }
  }
  return { apply, empty: false };
};

/**
 * A lower bound of `index` where all conditions are >= 0: ascent over their multiples, one condition at a time. Every step
 * takes the condition that raises the bound most; the first that raises it at all often leads to where no single one helps.
 * Conditions that exclude each other would raise it without end: a bound above the greatest value says that no point is
 * left, and a few steps for each condition are all that a bound is worth.
 */
const leastUnder = (index: Index, conditions: readonly Index[]): number => {
  const { first, last } = rangeOf(index);
  let rest = index, best = first;
  for (let step = 0; step < stepsPerCondition * conditions.length && best <= last; step++) {
    let better: Index | undefined;
    for (const condition of conditions) {
      for (const multiple of ratios(rest, condition)) {
        const candidate = subtract(rest, scale(condition, multiple)), { first } = rangeOf(candidate);
        if (first > best) { best = first; better = candidate; }
      }
    }
    if (!better) break;
    rest = better;
  }
  return best;
};
const stepsPerCondition = 4;

/** Multiples at which a term of `index` vanishes: the bound is piecewise linear in the multiple, with its corners there. */
const ratios = (index: Index, condition: Index): readonly number[] => {
  const found = new Set<number>();
  for (const { coefficient, atom } of condition.terms) {
    const text = atomText(atom);
    const same = index.terms.find((term) => atomText(term.atom) === text);
    if (!same || same.coefficient / coefficient <= 0) continue;
    for (const k of [Math.floor(same.coefficient / coefficient), Math.ceil(same.coefficient / coefficient)]) if (k > 0) found.add(k);
  }
  return [...found].sort((a, b) => b - a);
};
