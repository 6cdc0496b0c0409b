/**
 * Expressions of one straight-line block: variables of unrolled loops are replaced by numbers, loads get names, tables
 * fold, and under a vectorized loop every part that varies over its lanes becomes a vector. Makes no loop and no store.
 */
import {
  alone, bytesOf, constant, decideGuard, gathers, gcd, indexText, isConstant, negated, plus, subtract, substitute, tightened, typeOf, variablesOf, visitVariables,
  type BinaryOperator, type Buffer, type DType, type Expression, type Guard, type Index, type LoopVariable,
} from '@loopsmith/ir';
import { refuse } from '@loopsmith/util';
import { columnOf, type Square } from './expand-columns.js';
import type { Numbering } from './expand-numbering.js';
import { oncePerBinding } from './expand-once.js';
import { everyNth, mostMergedStep } from './expand-strides.js';
import type { Registers } from './expand-registers.js';
import { implied } from './expand-versions.js';

/** The vectorized loop whose body is being walked. */
export interface Lanes {
  readonly variable: LoopVariable;
  readonly count: number;
  /** How many of the first lanes are within a guard that cuts the vector. The others read nothing, and what they compute is dropped. */
  readonly live: number;
}

/** Where the walk stands; mutated and restored by the walk, never copied (copies per iteration were the first cost of lowering). */
export interface Site {
  readonly bound: Map<string, Index>;
  lanes: Lanes | null;
  /** Known to be >= 0 here: the guards around this place. */
  facts: Guard;
}

/** An index as the lanes see it: that of lane 0, and the distance to the next lane, null when it is not the same everywhere. */
export interface Place { readonly at: Index; readonly step: number | null; readonly lane: (i: number) => Index }
/** A guard as the lanes see it. */
export type SplitGuard = 'never' | {
  /** The same in every lane, and not proved. */
  readonly whole: Guard;
  /** Different from lane to lane. */
  readonly cutting: Guard;
};

export interface Values {
  place(index: Index): Place;
  guard(when: Guard): SplitGuard;
  /** The value here, as a scalar or as a vector of the site's lanes. */
  evaluate(expression: Expression, lazy?: boolean): Expression;
  /** The value in every lane, when it is not a vector already. */
  lift(value: Expression, lazy?: boolean): Expression;
  /** `expression` combined with what has been evaluated already. */
  combine(operator: BinaryOperator, expression: Expression, other: Expression): Expression;
  /** Base and offset of a memory access. */
  address(buffer: Buffer, at: Index): { readonly base: string | null; readonly at: Index };
  /** Works as lane `i` of the site, in scalars. */
  asLane<T>(i: number, work: () => T): T;
}

/** A condition as the lanes see it, and what range analysis says of it. */
interface Condition { readonly at: Index; readonly fails: Index; readonly holds: 'never' | 'always' | 'depends'; readonly cuts: boolean }

export type Tables = ReadonlyMap<string, readonly number[]>;

/**
 * A condition that differs from lane to lane only in writing: where all its other terms are multiples of one number, what is left
 * counts by its quotient, and one quotient in all lanes is one condition. Undefined where the lanes do differ, or none is named.
 */
const inEveryLane = ({ constant: rest, terms }: Index, { variable, count }: Lanes): Index | undefined => {
  const isLane = ({ atom }: Index['terms'][number]): boolean => atom.kind === 'variable' && atom.name === variable.name;
  const step = terms.find(isLane)?.coefficient, others: Index = { kind: 'index', constant: 0, terms: terms.filter((term) => !isLane(term)) };
  if (step === undefined || others.terms.length === 0 || variablesOf(others).has(variable.name)) return undefined;
  const unit = others.terms.reduce((common, { coefficient }) => gcd(common, coefficient), 0);
  const [first, last] = [0, count - 1].map((lane) => Math.floor((rest + step * (variable.first + lane)) / unit)) as [number, number];
  return first === last ? plus(others, first * unit) : undefined;
};

/** Parts of a vector between which moving a lane takes longer on x86; no other machine's vectors are longer. */
const shuffledBytes = 16;

/** `merges`: whether two vectors are merged by a shuffle, as on CPUs; a GPU's vectors carry lanes that are read one by one. */
export const createValues = (site: Site, numbering: Numbering, registers: Registers, tables: Tables, merges: boolean): Values => {
  const lookUp = (name: string): Index | undefined => site.bound.get(name);

  const placeOf = (index: Index, lanes: Lanes | null): Place => {
    const here = substitute(index, lookUp);
    if (lanes === null) return { at: here, step: 0, lane: () => here };
    const lane = (i: number): Index => substitute(here, (name) => (name === lanes.variable.name ? constant(lanes.variable.first + i) : undefined));
    let step = 0, nested = false;
    for (const { coefficient, atom } of here.terms) {
      if (atom.kind !== 'variable') nested ||= varies(alone({ coefficient, atom }), lanes);
      else if (atom.name === lanes.variable.name) step = coefficient;
    }
    if (!nested) return { at: step === 0 ? here : lane(0), step, lane };
    const first = lane(0);
    const apart = subtract(lane(1), first);
    const even = isConstant(apart) && Array.from({ length: lanes.count }, (_, i) => subtract(lane(i), first))
      .every((distance, i) => isConstant(distance) && distance.constant === i * apart.constant);
    return { at: first, step: even ? apart.constant : null, lane };
  };

  const conditionOf = (index: Index, lanes: Lanes | null): Condition => {
    const found = substitute(index, lookUp), at = tightened((lanes && inEveryLane(found, lanes)) ?? found);
    return { at, fails: negated(at), holds: decideGuard([at]), cuts: lanes !== null && varies(at, lanes) };
  };

  /** Both once per binding, and per loop whose lanes they are seen by. */
  const seenBy = (lanes: Lanes | null): { readonly place: (index: Index) => Place; readonly condition: (index: Index) => Condition } =>
    ({ place: oncePerBinding(site.bound, (index) => placeOf(index, lanes)), condition: oncePerBinding(site.bound, (index) => conditionOf(index, lanes)) });
  const one = seenBy(null), byLanes = new Map<LoopVariable, typeof one>();
  const seen = (): typeof one => {
    const { lanes } = site;
    if (lanes === null) return one;
    let known = byLanes.get(lanes.variable);
    if (known === undefined) byLanes.set(lanes.variable, known = seenBy(lanes));
    return known;
  };

  const place = (index: Index): Place => seen().place(index);

  /** What the facts of a place say of an open condition, once for each. */
  const decided = new WeakMap<Guard, Map<Condition, 'never' | 'always' | 'depends'>>();
  const decidedBy = (facts: Guard, condition: Condition): 'never' | 'always' | 'depends' => {
    let known = decided.get(facts);
    if (known === undefined) decided.set(facts, known = new Map<Condition, 'always' | 'depends' | 'never'>());
    let answer = known.get(condition);
    if (answer === undefined) known.set(condition, answer = implied(condition.fails, facts) ? 'never' : implied(condition.at, facts) ? 'always' : 'depends');
    return answer;
  };

  const guard = (when: Guard): SplitGuard => {
    const whole: Index[] = [], cutting: Index[] = [], { condition: conditionAt } = seen();
    for (const index of when) {
      const condition = conditionAt(index), holds = condition.holds === 'depends' ? decidedBy(site.facts, condition) : condition.holds;
      if (holds === 'never') return 'never';
      if (holds === 'depends') (condition.cuts ? cutting : whole).push(condition.at);
    }
    return { whole, cutting };
  };

  const asLane = <T>(i: number, work: () => T): T => {
    const lanes = site.lanes;
    if (lanes === null) throw new Error('asLane needs a vectorized loop around it');
    site.lanes = null;
    site.bound.set(lanes.variable.name, constant(lanes.variable.first + i));
    const result = work();
    site.bound.delete(lanes.variable.name);
    site.lanes = lanes;
    return result;
  };
  /** A vector from what `work` makes in each live lane. */
  const assembled = (dtype: DType, work: () => Expression): Expression =>
    ({ kind: 'assemble', dtype, lanes: Array.from({ length: site.lanes!.count }, (_, i) => (i < site.lanes!.live ? asLane(i, work) : { kind: 'constant', dtype, value: 0 })) });

  const address: Values['address'] = (buffer, at) => {
    // under a lazy select a gathered address may not be read before its guard is known, so it is never named
    if (at.terms.length === 0 || gathers(at)) return { base: null, at };
    const key = `&${buffer.name} ${numbering.termsKey(at)}`;
    let base = numbering.find(key);
    if (base === undefined) {
      base = numbering.fresh('p');
      numbering.emit({ kind: 'address', name: base, buffer, at: plus(at, -at.constant) });
      numbering.remember(key, base);
    }
    return { base, at: constant(at.constant) };
  };

  /** What was read before keeps its name; a new read gets one, unless it may only happen under a guard. */
  const named = (value: Expression, prefix: string, lazy: boolean): Expression => {
    const key = numbering.keyOf(value);
    if (!lazy) return numbering.name(key, prefix, value);
    const name = numbering.find(key);
    return name === undefined ? value : { kind: 'register', name, type: typeOf(value) };
  };

  const lift = (value: Expression, lazy = false): Expression => {
    const lanes = site.lanes;
    if (lanes === null || typeOf(value).lanes > 1) return value;
    const broadcast: Expression = { kind: 'broadcast', of: value, lanes: lanes.count };
    return value.kind === 'register' ? named(broadcast, 'b', lazy) : broadcast;
  };

  const load = (buffer: Buffer, index: Index, lazy: boolean): Expression => {
    const { at, step } = place(index);
    const count = site.lanes?.count ?? 1;
    if (tables.has(buffer.name)) return step === 0 ? tableEntry(buffer, at) : assembled(buffer.dtype, () => tableEntry(buffer, place(index).at));
    if (buffer.scope === 'register') {
      if (step === 0) return registers.element(buffer, registers.position(buffer, at));
      if (step === null) return assembled(buffer.dtype, () => registers.element(buffer, registers.position(buffer, place(index).at)));
      const position = registers.position(buffer, at), row = Math.floor(position / count);
      if (!lazy && step === count && registers.width(buffer) === count && (row + count) * count <= buffer.size)
        return columnOf(squareOf(buffer, row, count), position % count, (vector) => numbering.name(numbering.keyOf(vector), 'v', vector));
      const whole = registers.vector(buffer, position, step, count);
      return whole.kind === 'assemble' ? { ...whole, lanes: whole.lanes.map((part, i) => (i < site.lanes!.live ? part : { kind: 'constant', dtype: buffer.dtype, value: 0 })) } : whole;
    }
    if (step === null) return assembled(buffer.dtype, () => load(buffer, index, lazy));
    const from = address(buffer, at);
    if (step === 0) return named({ kind: 'read', type: { dtype: buffer.dtype, lanes: 1 }, buffer, ...from }, 't', lazy);
    if (step === 1) return named({ kind: 'read', type: { dtype: buffer.dtype, lanes: count }, buffer, ...from, ...firstOf(site.lanes) }, 'v', lazy);
    if (site.lanes!.live < count) return assembled(buffer.dtype, () => load(buffer, index, lazy));
    const type = { dtype: buffer.dtype, lanes: count };
    if (merges && !lazy && step > 1 && step <= Math.min(count, mostMergedStep))
      return everyNth(buffer.dtype, count, step, (far) => named({ kind: 'read', type, buffer, base: from.base, at: plus(from.at, far) }, 'v', false), (merge) => numbering.name(numbering.keyOf(merge), 'v', merge));
    return named({ kind: 'gather', type, buffer, ...from, step }, 'v', lazy);
  };

  const squareOf = (buffer: Buffer, row: number, lanes: number): Square =>
    ({ lanes, together: Math.min(lanes, shuffledBytes / bytesOf[buffer.dtype]), row: (i) => registers.named(buffer, row + i) });

  const tableEntry = (buffer: Buffer, at: Index): Expression => {
    const values = tables.get(buffer.name)!;
    if (!isConstant(at)) return refuse({
      code: 'table-unfolded', stage: 'lower',
      message: `table ${buffer.name} is read at ${indexText(at)}, which loops at run time decide; unroll those loops so that its entries become constants`,
    });
    const value = values[at.constant];
    if (value === undefined) throw new Error(`table ${buffer.name} has ${values.length} entries and is read at ${at.constant}`);
    return { kind: 'constant', dtype: buffer.dtype, value };
  };

  const isTable = (expression: Expression): boolean => expression.kind === 'load' && tables.has(expression.buffer.name);
  /** Zero for an addition: a constant, or a sum that was just set to zero. Drops `0 + x`, which differs from x only in the sign of a zero. */
  const isZero = (value: Expression): boolean => value.kind === 'constant' ? value.value === 0
    : value.kind === 'broadcast' ? isZero(value.of)
    : value.kind === 'register' && numbering.find(zeroKey(numbering, value.name)) !== undefined;

  const binary = (expression: Extract<Expression, { kind: 'binary' }>, lazy: boolean): Expression => {
    const { operator } = expression;
    if (operator === 'multiply' && (isTable(expression.left) || isTable(expression.right))) {
      const [factor, other] = isTable(expression.left) ? [expression.left, expression.right] : [expression.right, expression.left];
      const known = evaluate(factor, lazy);
      if (known.kind === 'constant') {
        if (known.value === 0) return known;
        if (known.value === 1) return evaluate(other, lazy);
        if (known.value === -1) return { kind: 'unary', operator: 'negate', of: evaluate(other, lazy) };
      }
    }
    return simplified(operator, evaluate(expression.left, lazy), evaluate(expression.right, lazy), lazy);
  };
  const simplified = (operator: BinaryOperator, left: Expression, right: Expression, lazy: boolean): Expression => {
    // right first: a sum set to zero that gains nothing keeps its name, and its store vanishes
    if ((operator === 'add' || operator === 'subtract') && isZero(right)) return left;
    if (operator === 'add' && isZero(left)) return right;
    if (operator === 'add' && right.kind === 'unary' && right.operator === 'negate') return binaryOf('subtract', left, right.of, lazy);
    return binaryOf(operator, left, right, lazy);
  };
  const binaryOf = (operator: BinaryOperator, left: Expression, right: Expression, lazy: boolean): Expression => {
    const wide = typeOf(left).lanes > 1 || typeOf(right).lanes > 1;
    return { kind: 'binary', operator, left: wide ? lift(left, lazy) : left, right: wide ? lift(right, lazy) : right };
  };

  const select = (expression: Extract<Expression, { kind: 'select' }>, lazy: boolean): Expression => {
    const when = guard(expression.when);
    if (when === 'never') return evaluate(expression.otherwise, lazy);
    if (when.cutting.length > 0) return named(assembled(typeOf(expression.then).dtype, () => select(expression, true)), 'v', lazy);
    if (when.whole.length === 0) return evaluate(expression.then, lazy);
    // what the guard protects may not be read before it, so nothing below gets a name
    let then = evaluate(expression.then, true), otherwise = evaluate(expression.otherwise, true);
    if (typeOf(then).lanes > 1 || typeOf(otherwise).lanes > 1) { then = lift(then, true); otherwise = lift(otherwise, true); }
    return named({ kind: 'select', when: when.whole, then, otherwise }, typeOf(then).lanes > 1 ? 'v' : 't', lazy);
  };

  const evaluate = (expression: Expression, lazy = false): Expression => {
    switch (expression.kind) {
      case 'constant': return expression;
      case 'load': return load(expression.buffer, expression.at, lazy);
      case 'index': {
        const { at, step } = place(expression.of);
        return step === 0 ? { ...expression, of: at } : assembled(expression.dtype, () => ({ ...expression, of: place(expression.of).at }));
      }
      case 'binary': return binary(expression, lazy);
      case 'unary': case 'cast': return { ...expression, of: evaluate(expression.of, lazy) };
      case 'select': return select(expression, lazy);
      case 'choose': {
        const parts = [expression.left, expression.right, expression.then, expression.otherwise].map((part) => evaluate(part, lazy));
        const wide = parts.some((part) => typeOf(part).lanes > 1);
        const [left, right, then, otherwise] = parts.map((part) => (wide ? lift(part, lazy) : part)) as [Expression, Expression, Expression, Expression];
        return { ...expression, left, right, then, otherwise };
      }
      case 'register': case 'read': case 'broadcast': case 'lane': case 'across': case 'gather': case 'assemble':
        throw new Error(`expand takes structured programs; this one holds a ${expression.kind} already`);
      default: return expression satisfies never;
    }
  };

  const combine: Values['combine'] = (operator, expression, other) => simplified(operator, evaluate(expression), other, false);

  return { place, guard, evaluate, lift, combine, address, asLane };
};

/** What an access of neighbouring lanes says of those that a guard cuts off. */
export const firstOf = (lanes: Lanes | null): { readonly first?: number } => (lanes !== null && lanes.live < lanes.count ? { first: lanes.live } : {});

/** Remembered while a register is known to hold zero. */
export const zeroKey = (numbering: Numbering, register: string): string => `0 ${register}@${numbering.version(register)}`;

const varies = (index: Index, lanes: Lanes): boolean => mentions(index, (name) => name === lanes.variable.name);

/** Whether a variable of this kind decides the index. */
export const mentions = (index: Index, which: (name: string) => boolean): boolean => {
  let found = false;
  visitVariables(index, (v) => { found ||= which(v.name); });
  return found;
};
