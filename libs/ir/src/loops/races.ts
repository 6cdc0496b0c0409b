/**
 * Whether the iterations of a parallel loop keep to elements of their own: for a store and any other access to the same
 * buffer, the difference of their addresses in two different iterations is never 0. The argument is one of mixed radix: a
 * term is settled when all smaller terms together cannot reach its coefficient. What it cannot settle is searched.
 */
import { constant, loopVariable, plus, scale, substitute, subtract, sum, variable, visitVariables, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { findPoint } from './find-point.js';
import { guardedRanges } from './guarded-range.js';

/** An access inside the loop: neighbouring elements `at` .. `at + lanes - 1` where the guard holds. */
export interface Access { readonly at: Index; readonly lanes: number; readonly guard: Guard }
export type Verdict = { readonly kind: 'apart' } | { readonly kind: 'race'; readonly iterations: readonly [number, number]; readonly element: number } | { readonly kind: 'unknown' };

/** Do `store` in one iteration of `loop` and `other` in another one ever meet? */
export const meet = (loop: LoopVariable, store: Access, other: Access): Verdict => {
  const here = withLanes(store), there = renamed(withLanes(other));
  const inDigits = digits([here.at, there.at, ...here.guard, ...there.guard]);
  const guard = [...inDigits.guard, ...[...here.guard, ...there.guard].map(inDigits.apply)];
  const difference = inDigits.apply(subtract(here.at, there.at));
  const mine = inDigits.of(loop.name) ?? [loop.name];
  if (provenApart(difference, guard, mine)) return { kind: 'apart' };
  // which iteration comes first matters when the two accesses differ
  const twin = prime(loop), gap = subtract(variable(twin), variable(loop));
  for (const order of [gap, scale(gap, -1)]) {
    const met = subtract(here.at, there.at);
    const search = findPoint([met, scale(met, -1), plus(order, -1)], [...here.guard, ...there.guard]);
    if (search.kind === 'unknown') return { kind: 'unknown' };
    if (search.kind === 'found') {
      const value = (name: string): Index => constant(search.point.get(name) ?? 0);
      const element = substitute(here.at, value);
      return element.terms.length > 0 ? { kind: 'unknown' } : { kind: 'race', iterations: [search.point.get(loop.name)!, search.point.get(twin.name)!], element: element.constant };
    }
  }
  return { kind: 'apart' };
};

/** From the largest coefficient down: c*x + rest = 0 with |rest| < c means x = 0. Done when all digits of the loop are equal, or 0 is out of reach. */
const provenApart = (difference: Index, guard: Guard, loopDigits: readonly string[]): boolean => {
  const open = new Set(loopDigits);
  let rest = difference, conditions = guard;
  let ranges = guardedRanges(conditions);
  for (;;) {
    if (ranges.never) return true;
    const reach = ranges.range(rest);
    if (reach.first > 0 || reach.last < 0) return true;
    const size = Math.max(0, ...rest.terms.map(({ coefficient }) => Math.abs(coefficient)));
    if (size === 0) return false;
    const largest = rest.terms.filter(({ coefficient }) => Math.abs(coefficient) === size);
    rest = { ...rest, terms: rest.terms.filter(({ coefficient }) => Math.abs(coefficient) !== size) };
    const below = ranges.range(rest);
    if (below.first <= -size || below.last >= size) return false;
    const [a, b] = largest;
    if (largest.length !== 2 || a?.atom.kind !== 'variable' || b?.atom.kind !== 'variable' || a.coefficient !== -b.coefficient) continue;
    const [plain, primed] = a.atom.name.endsWith(tick) ? [b.atom, a.atom] : [a.atom, b.atom];
    if (primed.name !== plain.name + tick) continue;
    open.delete(plain.name);
    if (open.size === 0) return true;
    // the two copies are equal from here on
    const equal = (name: string): Index | undefined => (name === primed.name ? variable(plain) : undefined);
    rest = substitute(rest, equal);
    conditions = conditions.map((condition) => substitute(condition, equal));
    ranges = guardedRanges(conditions);
  }
};

/** Names of the other iteration's variables: no name in a text ends so. */
const tick = "'";
const prime = (v: LoopVariable): LoopVariable => ({ ...v, name: v.name + tick });
const renamed = (access: Access): Access => {
  const variables = variablesIn([access.at, ...access.guard]);
  const twin = (name: string): Index | undefined => { const v = variables.get(name); return v && variable(prime(v)); };
  return { ...access, at: substitute(access.at, twin), guard: access.guard.map((condition) => substitute(condition, twin)) };
};
const withLanes = (access: Access): Access =>
  access.lanes === 1 ? access : { ...access, at: sum(access.at, variable(loopVariable('lane', access.lanes))) };

const variablesIn = (indices: readonly Index[]): ReadonlyMap<string, LoopVariable> => {
  const variables = new Map<string, LoopVariable>();
  for (const index of indices) visitVariables(index, (v) => variables.set(v.name, v));
  return variables;
};

/**
 * Variables that are divided become their digits: with x/56 present, x = 56*`x#1` + `x#0`, so that divisions disappear
 * and the digits are independent. `guard` keeps the last digit of a ragged range in range.
 */
const digits = (indices: readonly Index[]): { apply: (index: Index) => Index; guard: Guard; of: (name: string) => readonly string[] | undefined } => {
  const made = new Map<string, { whole: Index; names: readonly string[] }>();
  const guard: Index[] = [];
  const divisors = new Map<string, Set<number>>();
  const collect = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind !== 'floorDivision') continue;
      visitVariables(atom.index, (v) => divisors.set(v.name, (divisors.get(v.name) ?? new Set()).add(atom.divisor)));
      collect(atom.index);
    }
  };
  indices.forEach(collect);
  const stem = (name: string): string => name.replaceAll(tick, '');
  for (const [name, v] of variablesIn(indices)) {
    // both iterations' copies must be cut alike
    const found = [...divisors].filter(([other]) => stem(other) === stem(name)).flatMap(([, set]) => [...set]);
    if (v.first !== 0 || found.length === 0) continue;
    const chain: number[] = [1];
    for (const divisor of found.sort((a, b) => a - b)) if (divisor > chain.at(-1)! && divisor % chain.at(-1)! === 0 && divisor <= v.last) chain.push(divisor);
    const parts = chain.map((step, i) => {
      const digit = loopVariable(`${stem(name)}#${i}${name.endsWith(tick) ? tick : ''}`, Math.min((chain[i + 1] ?? Infinity) / step, Math.floor(v.last / step) + 1));
      return { digit, index: scale(variable(digit), step) };
    });
    const whole = sum(...parts.map(({ index }) => index));
    made.set(name, { whole, names: parts.filter(({ digit }) => digit.last > 0).map(({ digit }) => digit.name) });
    guard.push(subtract(constant(v.last), whole));
  }
  const apply = (index: Index): Index => substitute(index, (name) => made.get(name)?.whole);
  return { apply, guard, of: (name) => made.get(name)?.names };
};

