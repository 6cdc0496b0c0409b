/**
 * Index: the one arithmetic of addresses and guards. An index is a constant plus integer multiples of atoms; an atom is
 * a loop variable, a floor division, or a value gathered from memory. Every constructor returns the canonical form, so
 * two indices are equal exactly when their texts are equal. There is no general simplifier and no rule table here.
 */

export interface Index {
  readonly kind: 'index';
  readonly constant: number;
  /** Sorted by the text of the atom; no zero coefficients; one term per atom. */
  readonly terms: readonly Term[];
}
export interface Term { readonly coefficient: number; readonly atom: Atom }
export type Atom = LoopVariable | FloorDivision | Indirect;

/** A loop's variable; takes every integer of [first, last]. The name is unique in a plan. */
export interface LoopVariable { readonly kind: 'variable'; readonly name: string; readonly first: number; readonly last: number }
/**
 * floor(index / divisor), divisor >= 2, the index never below 0: its constant is in [0, divisor), raised by multiples of the divisor where that takes
 * it there. (Its range may not show that any more: a constant can hide a remainder from it.) It lies in [first, last].
 */
export interface FloorDivision {
  readonly kind: 'floorDivision'; readonly index: Index; readonly divisor: number;
  readonly first: number; readonly last: number; readonly text: string;
}
/** The integer stored in `buffer` at `at` (gather); promised to lie in [first, last]. */
export interface Indirect {
  readonly kind: 'indirect'; readonly buffer: string; readonly at: readonly Index[];
  readonly first: number; readonly last: number; readonly text: string;
}

/** A conjunction: every index is >= 0. The empty guard is always true. */
export type Guard = readonly Index[];
/** Inclusive integer interval. */
export interface Range { readonly first: number; readonly last: number }

export const atomText = (atom: Atom): string => (atom.kind === 'variable' ? atom.name : atom.text);

const make = (constant: number, terms: readonly Term[]): Index => ({ kind: 'index', constant: constant + 0, terms });

const smallest = -1024, largest = 1024;
/** The constants that occur all the time, made once. */
const small: readonly Index[] = Array.from({ length: largest - smallest + 1 }, (_, i) => make(i + smallest, []));
/** The constant index. */
export const constant = (value: number): Index => {
  if (!Number.isInteger(value)) throw new Error(`an index is made of integers, not ${value}`);
  return value >= smallest && value <= largest ? small[value - smallest]! : make(value, []);
};
export const zero = constant(0);

/** A variable as an index; a variable of one value is that constant from birth on. */
export const variable = (v: LoopVariable): Index =>
  v.first === v.last ? constant(v.first) : make(0, [{ coefficient: 1, atom: v }]);
export const loopVariable = (name: string, extent: number): LoopVariable => ({ kind: 'variable', name, first: 0, last: extent - 1 });

export const indirect = (buffer: string, at: readonly Index[], first: number, last: number): Index => {
  if (first === last) return constant(first);
  const text = `${buffer}{${at.map(indexText).join(', ')}; ${first}..${last}}`;
  return make(0, [{ coefficient: 1, atom: { kind: 'indirect', buffer, at, first, last, text } }]);
};

/** A term as an index. */
export const alone = (term: Term): Index => make(0, [term]);

export const isConstant = (index: Index): boolean => index.terms.length === 0;
export const sameIndex = (a: Index, b: Index): boolean => {
  if (a === b) return true;
  if (a.constant !== b.constant || a.terms.length !== b.terms.length) return false;
  return a.terms.every((term, i) => {
    const other = b.terms[i]!;
    return term.coefficient === other.coefficient && atomText(term.atom) === atomText(other.atom);
  });
};

/** a + b: one merge of two sorted term lists. */
export const add = (a: Index, b: Index): Index => {
  if (b.terms.length === 0) return b.constant === 0 ? a : a.terms.length === 0 ? constant(a.constant + b.constant) : make(a.constant + b.constant, a.terms);
  if (a.terms.length === 0) return a.constant === 0 ? b : make(a.constant + b.constant, b.terms);
  const terms: Term[] = [];
  let i = 0, j = 0;
  while (i < a.terms.length && j < b.terms.length) {
    const left = a.terms[i]!, right = b.terms[j]!;
    const leftText = atomText(left.atom), rightText = atomText(right.atom);
    if (left.atom === right.atom || leftText === rightText) {
      const coefficient = left.coefficient + right.coefficient;
      if (coefficient !== 0) terms.push({ coefficient, atom: left.atom });
      i++; j++;
    } else if (leftText < rightText) { terms.push(left); i++; } else { terms.push(right); j++; }
  }
  while (i < a.terms.length) terms.push(a.terms[i++]!);
  while (j < b.terms.length) terms.push(b.terms[j++]!);
  return terms.length === 0 ? constant(a.constant + b.constant) : make(a.constant + b.constant, terms);
};

/** a * by. */
export const scale = (a: Index, by: number): Index => {
  if (by === 1) return a;
  if (by === 0) return zero;
  if (a.terms.length === 0) return constant(a.constant * by);
  return make(a.constant * by, a.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient * by, atom })));
};

export const plus = (a: Index, value: number): Index => add(a, constant(value));
export const subtract = (a: Index, b: Index): Index => add(a, scale(b, -1));
export const sum = (...indices: readonly Index[]): Index => indices.reduce(add, zero);

/** The greatest common divisor, never negative; of 0 and n it is n. */
export const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b));

/** The condition that holds where index >= 0 fails. */
export const negated = (index: Index): Index => plus(scale(index, -1), -1);

/**
 * The condition index >= 0 with whole numbers taken at their word: 12*x-211 >= 0 is x-18 >= 0, as no x lies between. Two
 * conditions on the same terms exclude each other exactly when their tightened forms do.
 */
export const tightened = (index: Index): Index => {
  const factor = index.terms.reduce((common, { coefficient }) => gcd(common, coefficient), 0);
  return factor <= 1 ? index : make(Math.floor(index.constant / factor), index.terms.map(({ coefficient, atom }) => ({ coefficient: coefficient / factor, atom })));
};

/**
 * The interval of an index over its variables. Terms are independent, except for the one pattern that matters:
 * c*R - c*n*floor(R/n) is c * (R mod n) and lies in [0, c*(n-1)], where R may itself be a quotient floor(Q/m), whose
 * division then reads floor(Q/(m*n)). Always sound; exact where no variable is left in two places.
 */
export const rangeOf = (index: Index): Range => {
  const range = { first: index.constant, last: index.constant };
  let divisions = 0;
  for (const { coefficient, atom } of index.terms) {
    if (atom.kind === 'floorDivision') divisions++;
    widen(range, coefficient, atom);
  }
  if (divisions === 0 || index.terms.length === 1) return range;
  const paired = rangeWithRemainders(index);
  return { first: Math.max(range.first, paired.first), last: Math.min(range.last, paired.last) };
};

const widen = (range: { first: number; last: number }, coefficient: number, { first, last }: Range): void => {
  range.first += coefficient * (coefficient > 0 ? first : last);
  range.last += coefficient * (coefficient > 0 ? last : first);
};

/** The interval when every remainder c*(R mod n) found among the terms is taken as one thing: digits of a fused loop, lowest first. */
const rangeWithRemainders = ({ constant: base, terms }: Index): Range => {
  const range = { first: base, last: base };
  const left: number[] = [], divisions: Division[] = [];
  for (let position = 0; position < terms.length; position++) {
    const { coefficient, atom } = terms[position]!;
    left.push(coefficient);
    if (atom.kind === 'floorDivision') divisions.push({ atom, position });
  }
  if (divisions.length > 1) divisions.sort((a, b) => a.atom.divisor - b.atom.divisor);
  for (let i = 0; i < divisions.length; i++) {
    const division = divisions[i]!, { divisor, index } = division.atom;
    // the nearest lower digit is a quotient that occurs as a division of its own; the lowest is the dividend itself
    let taken = false;
    for (let j = i - 1; j >= 0 && !taken; j--) {
      const m = divisions[j]!.atom.divisor;
      if (m < divisor && divisor % m === 0) taken = takeRemainder(terms, left, division, floorDivide(index, m), divisor / m, range);
    }
    if (!taken && !takeRemainder(terms, left, division, index, divisor, range)) takeRemainderOfQuotient(divisions, base, left, division, range);
  }
  for (let i = 0; i < terms.length; i++) if (left[i] !== 0) widen(range, left[i]!, terms[i]!.atom);
  return range;
};

interface Division { readonly atom: FloorDivision; readonly position: number }

/** Takes c*base - c*n*(base/n) out of what is left of the terms, where c and the division's coefficient have opposite signs. */
const takeRemainder = (terms: readonly Term[], left: number[], division: Division, base: Index, n: number, range: { first: number; last: number }): boolean => {
  const c = multipleWithin(terms, left, base);
  if (c === 0 || c > 0 === left[division.position]! > 0) return false;
  for (const part of base.terms) left[positionOf(terms, part.atom)]! -= c * part.coefficient;
  left[division.position]! += c * n;
  widen(range, c, { first: -base.constant, last: n - 1 - base.constant });
  return true;
};

/**
 * The same where the base is a quotient among the terms, in whose division by n a factor went: of Q = (3*c+1)/5, Q/6 is written
 * c/10. The constant of all may belong to the base, which is then Q + k.
 */
const takeRemainderOfQuotient = (divisions: readonly Division[], whole: number, left: number[], division: Division, range: { first: number; last: number }): void => {
  for (const quotient of divisions) {
    const c = left[quotient.position]!, n = -left[division.position]! / c;
    if (c === 0 || !Number.isInteger(n) || n < 2) continue;
    for (const k of whole !== 0 && Number.isInteger(whole / c) ? [0, whole / c] : [0]) {
      const apart = subtract(floorDivide(make(k, [{ coefficient: 1, atom: quotient.atom }]), n), make(0, [{ coefficient: 1, atom: division.atom }]));
      if (apart.terms.length > 0) continue;
      left[quotient.position] = left[division.position] = 0;
      widen(range, c, { first: n * apart.constant - k, last: n * apart.constant + n - 1 - k });
      return;
    }
  }
};

const positionOf = (terms: readonly Term[], atom: Atom): number => {
  for (let i = 0; i < terms.length; i++) if (terms[i]!.atom === atom) return i;
  const text = atomText(atom);
  for (let i = 0; i < terms.length; i++) if (atomText(terms[i]!.atom) === text) return i;
  return -1;
};

/** The c of largest size such that c times every term of `base` can be taken out of the terms without changing a sign; 0 for none. */
const multipleWithin = (terms: readonly Term[], left: readonly number[], base: Index): number => {
  let multiple = 0;
  for (const part of base.terms) {
    const position = positionOf(terms, part.atom);
    const ratio = position < 0 ? 0 : Math.trunc(left[position]! / part.coefficient);
    if (ratio === 0 || (multiple !== 0 && ratio > 0 !== multiple > 0)) return 0;
    if (multiple === 0 || Math.abs(ratio) < Math.abs(multiple)) multiple = ratio;
  }
  return multiple;
};

/**
 * floor(a / divisor), divisor >= 1. Splits off what the divisor divides; a rest whose range lies in one quotient is that
 * constant; a common factor of rest and divisor is divided away where the remainder cannot carry; nested divisions multiply.
 */
export const floorDivide = (a: Index, divisor: number): Index => {
  if (!Number.isInteger(divisor) || divisor < 1) throw new Error(`floorDivide needs a positive integer divisor, not ${divisor}`);
  if (divisor === 1) return a;
  if (a.terms.length === 0) return constant(Math.floor(a.constant / divisor));
  const whole: Term[] = [], rest: Term[] = [];
  for (const term of a.terms) (term.coefficient % divisor === 0 ? whole : rest).push(term);
  const wholeConstant = Math.floor(a.constant / divisor);
  const restConstant = a.constant - wholeConstant * divisor;
  const outside = make(wholeConstant, whole.map(({ coefficient, atom }) => ({ coefficient: coefficient / divisor, atom })));
  if (rest.length === 0) return outside.terms.length === 0 ? constant(wholeConstant) : outside;
  const inner = make(restConstant, rest);
  const range = rangeOf(inner);
  const quotient = Math.floor(range.first / divisor);
  if (quotient === Math.floor(range.last / divisor)) return plus(outside, quotient);
  // a common factor g of all coefficients and the divisor: floor((g*X + k) / (g*m)) = floor(X/m) while 0 <= k < g
  const g = rest.reduce((factor, term) => gcd(factor, term.coefficient), divisor);
  if (g > 1) {
    const carried = Math.floor(restConstant / g);
    const reduced = make(carried, rest.map(({ coefficient, atom }) => ({ coefficient: coefficient / g, atom })));
    return add(outside, floorDivide(reduced, divisor / g));
  }
  // terms that together stay below a common factor of the others cannot carry either
  const split = splitBelowFactor(inner, divisor);
  if (split) return add(outside, floorDivide(split.reduced, divisor / split.factor));
  const only = rest[0]!;
  // floor((floor(a/m) + k) / n) = floor((a + k*m) / (m*n))
  if (rest.length === 1 && only.coefficient === 1 && only.atom.kind === 'floorDivision')
    return add(outside, floorDivide(plus(only.atom.index, restConstant * only.atom.divisor), only.atom.divisor * divisor));
  // C divides toward zero: a whole multiple of the divisor keeps the dividend from going below it
  const dividend = quotient < 0 ? plus(inner, -quotient * divisor) : inner, below = Math.min(0, quotient);
  const atom: FloorDivision = {
    kind: 'floorDivision', index: dividend, divisor, text: `${divisionOperand(dividend)}/${divisor}`,
    first: quotient - below, last: Math.floor(range.last / divisor) - below,
  };
  return add(plus(outside, below), make(0, [{ coefficient: 1, atom }]));
};

/** Finds a factor g of the divisor such that the terms g does not divide, with the constant, range within [0, g). */
const splitBelowFactor = (inner: Index, divisor: number): { reduced: Index; factor: number } | undefined => {
  const candidates = [...new Set(inner.terms.map((term) => gcd(term.coefficient, divisor)).filter((g) => g > 1))].sort((x, y) => y - x);
  for (const factor of candidates) {
    const divided = inner.terms.filter((term) => term.coefficient % factor === 0);
    const low = make(inner.constant, inner.terms.filter((term) => term.coefficient % factor !== 0));
    const range = rangeOf(low);
    const base = Math.floor(range.first / factor);
    if (divided.length === 0 || base !== Math.floor(range.last / factor)) continue;
    return { factor, reduced: make(base, divided.map(({ coefficient, atom }) => ({ coefficient: coefficient / factor, atom }))) };
  }
  return undefined;
};

/** a mod n, in [0, n): defined as a - n*floor(a/n), so that (a/n)*n + a%n is a by plain addition. */
export const modulo = (a: Index, n: number): Index => subtract(a, scale(floorDivide(a, n), n));

/** Replaces variables by indices; `replacement` answers undefined for a variable that stays. */
export const substitute = (index: Index, replacement: (name: string) => Index | undefined): Index => {
  let changed = false;
  let result: Index | undefined;
  const kept: Term[] = [];
  for (const term of index.terms) {
    const replaced = substituteAtom(term.atom, replacement);
    if (replaced === undefined) { kept.push(term); continue; }
    changed = true;
    const scaled = scale(replaced, term.coefficient);
    result = result ? add(result, scaled) : scaled;
  }
  if (!changed) return index;
  const rest = make(index.constant, kept);
  return result ? add(rest, result) : rest;
};

const substituteAtom = (atom: Atom, replacement: (name: string) => Index | undefined): Index | undefined => {
  switch (atom.kind) {
    case 'variable': return replacement(atom.name);
    case 'floorDivision': {
      const inner = substitute(atom.index, replacement);
      return inner === atom.index ? undefined : floorDivide(inner, atom.divisor);
    }
    case 'indirect': {
      const at = atom.at.map((index) => substitute(index, replacement));
      return at.every((index, i) => index === atom.at[i]) ? undefined : indirect(atom.buffer, at, atom.first, atom.last);
    }
    default: return atom satisfies never;
  }
};

/** Calls `visit` for every loop variable the index depends on, also inside divisions and gathers. */
export const visitVariables = (index: Index, visit: (v: LoopVariable) => void): void => {
  for (const { atom } of index.terms) {
    if (atom.kind === 'variable') visit(atom);
    else if (atom.kind === 'floorDivision') visitVariables(atom.index, visit);
    else atom.at.forEach((inner) => visitVariables(inner, visit));
  }
};
export const variablesOf = (index: Index): ReadonlySet<string> => {
  const names = new Set<string>();
  visitVariables(index, (v) => names.add(v.name));
  return names;
};

/** Whether memory decides the index: a gather is in it, however deep. */
export const gathers = (index: Index): boolean => index.terms.some(({ atom }) => atom.kind === 'indirect' || (atom.kind === 'floorDivision' && gathers(atom.index)));

/** Calls `visit` for every gather in the index, also inside divisions and other gathers. */
export const visitGathers = (index: Index, visit: (gather: Indirect) => void): void => {
  for (const { atom } of index.terms) {
    if (atom.kind === 'floorDivision') visitGathers(atom.index, visit);
    else if (atom.kind === 'indirect') { visit(atom); for (const at of atom.at) visitGathers(at, visit); }
  }
};

/** The index with its gathers replaced, also inside divisions; what is inside a gather is left to `replacement`. */
export const replaceGathers = (index: Index, replacement: (gather: Indirect) => Index): Index => {
  if (!gathers(index)) return index;
  const replaced = (atom: Atom): Index => {
    switch (atom.kind) {
      case 'variable': return variable(atom);
      case 'floorDivision': return floorDivide(replaceGathers(atom.index, replacement), atom.divisor);
      case 'indirect': return replacement(atom);
      default: return atom satisfies never;
    }
  };
  return index.terms.reduce((total, { coefficient, atom }) => add(total, scale(replaced(atom), coefficient)), constant(index.constant));
};

/** The variable that an index is; undefined where it is more than a variable, or none. */
export const onlyVariable = ({ constant, terms: [only, ...more] }: Index): LoopVariable | undefined =>
  (constant === 0 && more.length === 0 && only?.coefficient === 1 && only.atom.kind === 'variable' ? only.atom : undefined);

/** Coefficient of a plain variable; 0 when the index does not hold it outside divisions. */
export const coefficientOf = (index: Index, name: string): number =>
  index.terms.find(({ atom }) => atom.kind === 'variable' && atom.name === name)?.coefficient ?? 0;

const divisionOperand = (index: Index): string => (onlyVariable(index) ? indexText(index) : `(${indexText(index)})`);

const texts = new WeakMap<Index, string>();
/** The canonical text: `14*xo+x+s-1`, terms in the order of their atoms' texts, the constant last. */
export const indexText = (index: Index): string => {
  const known = texts.get(index);
  if (known !== undefined) return known;
  let out = '';
  for (const { coefficient, atom } of index.terms) {
    const size = Math.abs(coefficient);
    out += `${coefficient < 0 ? '-' : out === '' ? '' : '+'}${size === 1 ? '' : `${size}*`}${atomText(atom)}`;
  }
  if (index.constant !== 0 || out === '') out += index.constant < 0 || out === '' ? `${index.constant}` : `+${index.constant}`;
  texts.set(index, out);
  return out;
};

export const guardText = (guard: Guard): string => guard.map((index) => `${indexText(index)} >= 0`).join(' & ');
/** As `guardText`; the empty guard needs a word. */
export const conditionText = (guard: Guard): string => (guard.length === 0 ? 'always' : guardText(guard));

/** What range analysis says of a guard: always true, never true, or it depends. */
export const decideGuard = (guard: Guard): 'always' | 'never' | 'depends' => {
  let always = true;
  for (const index of guard) {
    const range = rangeOf(index);
    if (range.last < 0) return 'never';
    if (range.first < 0) always = false;
  }
  return always ? 'always' : 'depends';
};
