/**
 * Whether the iterations of a parallel loop keep to elements of their own: for a store and any other access to the same
 * buffer, the difference of their addresses in two different iterations is never 0. The argument is one of mixed radix: a
 * term is settled when all smaller terms together cannot reach its coefficient. What it cannot settle is searched.
 *
 * `for t < 8 parallel, x < 4: Y[32*(t/4) + 4*t - 16*(t/4) + x]` has the digits t = 4*t#1 + t#0, so that the address is
 * 32*t#1 + 4*t#0 + x. Equal addresses in iterations t and t' mean 32*(t#1 - t#1') + 4*(t#0 - t#0') + (x - x') = 0. The last two
 * terms lie within 15 of 0, which is less than 32, so t#1 = t#1'; then x - x' lies within 3, less than 4, so t#0 = t#0'. All digits
 * of t are equal: it is one iteration, and no two of them meet.
 *
 * A variable stands for its loop by name, in both accesses and in their guards. That is sound because a name means one range
 * throughout a kernel, which `verifyProgram` holds, and of two iterations one has its names marked.
 */
import {
  alone, atomText, constant, indexText, loopVariable, plus, rangeOf, scale, substitute, subtract, sum, variable,
  type FloorDivision, type Guard, type Index, type LoopVariable,
} from '../index/index-expression.js';
import { digitsOf, variablesIn } from './digits.js';
import { findPoint } from './find-point.js';
import { guardedRanges } from '../index/guarded-range.js';

/** An access inside the loop: neighbouring elements `at` .. `at + lanes - 1` where the guard holds. */
export interface Access { readonly at: Index; readonly lanes: number; readonly guard: Guard }
export type Verdict =
  | { readonly kind: 'apart' }
  | { readonly kind: 'race'; readonly iterations: readonly [number, number]; readonly element: number }
  | { readonly kind: 'unknown' };

/** The text of what `meet` is asked: unrolled text asks it many times, and only shift and shape of the addresses matter. */
export const questionOf = (store: Access, other: Access): string =>
  [
    indexText(plus(store.at, -other.at.constant)), store.lanes, indexText(plus(other.at, -other.at.constant)), other.lanes,
    ...store.guard.map(indexText), '', ...other.guard.map(indexText),
  ].join('|');

/** Do `store` in one iteration of `loop` and `other` in another one ever meet? */
export const meet = (loop: LoopVariable, store: Access, other: Access): Verdict => {
  const here = withLanes(store), there = withLanes(other);
  if (provenApart(loop, here, there)) return { kind: 'apart' };
  const twins = { at: primed(there.at), guard: there.guard.map(primed), loop: prime(loop) };
  const met = subtract(here.at, twins.at), gap = subtract(variable(twins.loop), variable(loop));
  // which iteration comes first matters when the two accesses differ
  for (const order of [gap, scale(gap, -1)]) {
    const search = findPoint([met, scale(met, -1), plus(order, -1)], [...here.guard, ...twins.guard]);
    if (search.kind === 'unknown') return { kind: 'unknown' };
    if (search.kind === 'found') {
      const element = substitute(here.at, (name) => constant(search.point.get(name) ?? 0));
      return element.terms.length > 0
        ? { kind: 'unknown' }
        : { kind: 'race', iterations: [search.point.get(loop.name)!, search.point.get(twins.loop.name)!], element: element.constant };
    }
  }
  return { kind: 'apart' };
};

/**
 * Starts from "the addresses are equal" and settles what must then be equal too, until all digits of the loop are, which
 * makes it one iteration, or until an equation cannot hold.
 */
const provenApart = (loop: LoopVariable, here: Access, there: Access): boolean => {
  const digits = digitsOf([here.at, there.at, ...here.guard, ...there.guard], loop.name);
  const cuts = new Map<string, Cut>();
  const [left, right] = [here.at, there.at].map((at) => withCuts(digits.apply(at), cuts)) as [Index, Index];
  const wanted = new Set(digits.loop);
  const settled = new Set<string>();
  let guard: Guard = [...digits.guard, ...digits.guard.map(primed), ...here.guard.map(digits.apply), ...there.guard.map(digits.apply).map(primed)];
  const equations = [subtract(left, primed(right))];
  for (let equation = equations.pop(); equation; equation = equations.pop()) {
    const solved = settle(equation, guard);
    if (solved === 'impossible') return true;
    for (const name of solved) { settled.add(name); wanted.delete(name); }
    if (wanted.size === 0) return true;
    guard = guard.map((condition) => withEqual(condition, settled));
    // quotient and remainder of an index are equal, so the index is
    for (const [key, { quotient, remainder, index }] of cuts) {
      if (!settled.has(quotient.name) || !settled.has(remainder.name)) continue;
      cuts.delete(key);
      equations.push(subtract(index, primed(index)));
    }
  }
  return false;
};

/** From the largest coefficient down: c*x + rest = 0 with |rest| < c means x = 0. Names the variables that equal their twins. */
const settle = (equation: Index, guard: Guard): ReadonlySet<string> | 'impossible' => {
  const settled = new Set<string>();
  let rest = equation, ranges = guardedRanges(guard);
  for (;;) {
    if (ranges.never) return 'impossible';
    const reach = ranges.range(rest);
    if (reach.first > 0 || reach.last < 0) return 'impossible';
    const size = Math.max(0, ...rest.terms.map(({ coefficient }) => Math.abs(coefficient)));
    const largest = rest.terms.filter(({ coefficient }) => Math.abs(coefficient) === size);
    rest = { ...rest, terms: rest.terms.filter(({ coefficient }) => Math.abs(coefficient) !== size) };
    const below = ranges.range(rest);
    if (size === 0 || below.first <= -size || below.last >= size) return settled;
    const [a, b] = largest;
    if (largest.length !== 2 || a?.atom.kind !== 'variable' || b?.atom.kind !== 'variable' || a.coefficient !== -b.coefficient) continue;
    const [plain, twin] = a.atom.name.endsWith(tick) ? [b.atom.name, a.atom.name] : [a.atom.name, b.atom.name];
    if (twin !== plain + tick) continue;
    settled.add(plain);
    rest = withEqual(rest, settled);
    ranges = guardedRanges(guard.map((condition) => withEqual(condition, settled)));
  }
};

/** Marks the variables of the other iteration: no name in a text ends so. */
const tick = "'";
const prime = (v: LoopVariable): LoopVariable => ({ ...v, name: v.name + tick });
const primed = (index: Index): Index => {
  const variables = variablesIn([index]);
  return substitute(index, (name) => variable(prime(variables.get(name)!)));
};
/** Twins of settled variables become the variables themselves. */
const withEqual = (index: Index, settled: ReadonlySet<string>): Index => {
  const variables = variablesIn([index]);
  return substitute(index, (name) => (name.endsWith(tick) && settled.has(name.slice(0, -1)) ? variable({ ...variables.get(name)!, name: name.slice(0, -1) }) : undefined));
};
const withLanes = (access: Access): Access =>
  access.lanes === 1 ? access : { ...access, at: sum(access.at, variable(loopVariable('lane', access.lanes))) };

/** A division of more than one variable, as two independent variables: index = divisor*quotient + remainder. */
interface Cut { readonly index: Index; readonly quotient: LoopVariable; readonly remainder: LoopVariable }
/**
 * a*(E/n) + b*E becomes (a + n*b)*quotient + b*remainder, as blocked layouts have it; a*(E/n) alone a*quotient. Both are
 * free variables from here on, which only makes more addresses possible.
 */
const withCuts = (index: Index, cuts: Map<string, Cut>): Index => {
  const division = index.terms.find(({ atom }) => atom.kind === 'floorDivision');
  if (division?.atom.kind !== 'floorDivision') return index;
  const atom: FloorDivision = division.atom, { index: inner, divisor } = atom, text = indexText(inner);
  const quotientRange = { first: Math.floor(rangeOf(inner).first / divisor), last: Math.floor(rangeOf(inner).last / divisor) };
  const cut = cuts.get(atom.text) ?? {
    index: inner,
    quotient: { kind: 'variable', name: `[${text}]/${divisor}`, ...quotientRange },
    remainder: loopVariable(`[${text}]%${divisor}`, divisor),
  };
  cuts.set(atom.text, cut);
  const times = commonFactor(index, inner);
  // b*E with its constant leaves, n*b*quotient + b*remainder comes
  const without = subtract(index, sum(alone(division), scale(inner, times)));
  return withCuts(sum(without, scale(variable(cut.quotient), division.coefficient + times * divisor), scale(variable(cut.remainder), times)), cuts);
};
/** The b with which every term of `inner` occurs in `index`; 0 when there is no such number. */
const commonFactor = (index: Index, inner: Index): number => {
  const factors = inner.terms.map(({ coefficient, atom }) => (index.terms.find((term) => atomText(term.atom) === atomText(atom))?.coefficient ?? 0) / coefficient);
  const [first] = factors;
  return first !== undefined && Number.isInteger(first) && factors.every((factor) => factor === first) ? first : 0;
};
