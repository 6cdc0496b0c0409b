/**
 * expand: a structured program made plain for the printers, in one walk. Unrolled loops are written out by substitution,
 * vectorized loops become vector values, guards that range analysis decides disappear, register buffers become named
 * registers, and loads, broadcasts and addresses are named once per block. The order of statements is kept; nothing is
 * looked up across a loop head. It knows no device: how many lanes a vector has is an argument.
 *
 *     for x < 2 unrolled, l < 8 vectorized                        p1 = X + 24*xo
 *       A[8*x+l] = A[8*x+l] + X[24*xo+8*x] * W[8*ci+l]      ->     t1 = p1[0]; b1 = 8x t1; v1 = read8 p2[0]; A_0 = A_0 + b1*v1; ..
 */
import { constant, decideGuard, extentOf, gathers, identityOf, isAcrossOperator, isFloat, negated, sameIndex, typeOf, variable as variableOf, visitStatements, type AcrossOperator, type Buffer, type DType, type Expression, type Guard, type Index, type Kernel, type LoopVariable, type Program, type ReductionOperator, type Statement } from '@loopsmith/ir';
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import { checkBudget } from './expand-budget.js';
import { createNumbering } from './expand-numbering.js';
import { createRegisters, laneOf, visitLoads, visitSelects } from './expand-registers.js';
import { createValues, firstOf, mentions, zeroKey, type Lanes, type Place, type Site, type SplitGuard, type Tables } from './expand-values.js';
import { isTooLong, openBranches, splitBranches, strictest, throughout, type Census } from './expand-versions.js';

export interface ExpandOptions {
  /** Elements of this type in one vector register; 1 where the target has no vectors. */
  readonly lanes: (dtype: DType) => number;
  /** Most statements a kernel may unroll to, named values not counted. */
  readonly budget: number;
  /** Values of buffers that are tables, row-major: they become constants of the text, and the buffers vanish. */
  readonly tables?: Tables;
}

/** So many iterations with cut vectors are written out each, so that the text decides which lanes are live. */
const mostCut = 4;

/** Statements beyond which text, compile time and instruction cache suffer for nothing. */
export const defaultBudget = 20_000;

export const expand = (program: Program, options: ExpandOptions): Outcome<Program> =>
  attempt(() => ({
    buffers: options.tables ? program.buffers.filter(({ name }) => !options.tables!.has(name)) : program.buffers,
    kernels: program.kernels.map((kernel) => expandKernel(kernel, program.buffers, options)),
  }));

type Store = Extract<Statement, { kind: 'store' }>;
type Loop = Extract<Statement, { kind: 'for' }>;

const expandKernel = (kernel: Kernel, buffers: readonly Buffer[], options: ExpandOptions): Kernel => {
  checkBudget(kernel, options.budget);
  const site: Site = { bound: new Map(), lanes: null, facts: [] };
  const numbering = createNumbering(new Set(buffers.map((buffer) => buffer.name)));
  const registers = createRegisters(kernel);
  const values = createValues(site, numbering, registers, options.tables ?? new Map(), kernel.launch === null);
  const selects = new Map<Expression, readonly Guard[]>();
  /** Guards of the selects of a value: every loop around it asks for them, once per copy that is written out. */
  const selectsOf = (value: Expression): readonly Guard[] => {
    const known = selects.get(value);
    if (known) return known;
    const guards: Guard[] = [];
    visitSelects(value, (when) => { guards.push(when); });
    selects.set(value, guards);
    return guards;
  };
  /** Conditions around the present statement that differ from lane to lane. */
  let cutting: Guard = [];

  const walk = (body: readonly Statement[]): void => body.forEach(statement);

  const statement = (s: Statement): void => {
    switch (s.kind) {
      case 'for': loop(s); return;
      case 'if': guarded(values.guard(s.when), () => walk(s.body)); return;
      case 'declare':
        if (site.lanes !== null) refuseVectors(`${s.buffer.name} is placed inside the vectorized loop ${site.lanes.variable.name}; compute it at a loop around it`);
        if (s.buffer.scope !== 'register' && !numbering.declaresHere(s.buffer.name)) numbering.emit(s);
        return;
      case 'store': store(s); return;
      case 'barrier': numbering.changedAll(); numbering.emit(s); return;
      case 'let': case 'set': case 'address': case 'write': throw new Error(`expand takes structured programs; this one holds a ${s.kind} already`);
      default: s satisfies never;
    }
  };

  const guarded = (when: SplitGuard, work: () => void): void => {
    if (when === 'never') return;
    const outside = cutting;
    cutting = [...cutting, ...when.cutting];
    if (when.whole.length === 0) work();
    else {
      const facts = site.facts;
      // what is gathered from memory may change there
      site.facts = [...facts, ...when.whole.filter((index) => !gathers(index))];
      const body = numbering.under(work);
      site.facts = facts;
      if (body.length > 0) numbering.emit({ kind: 'if', when: when.whole, body });
    }
    cutting = outside;
  };

  /** Conditions and stores of one iteration of `s`, its unrolled loops written out; not all of them where it is too long to be split. */
  const census = (s: Loop): Census => {
    const branches: Index[] = [], changing = new Map<string, LoopVariable>();
    let stores = 0, innermost: LoopVariable | undefined;
    /** What holds in a copy of the loop as long as it runs. */
    const throughoutCopy = (index: Index): void => {
      const least = throughout(index, changing);
      if (least && decideGuard([least]) === 'depends') branches.push(least);
    };
    const note = (when: Guard): 'never' | 'maybe' => {
      const here = values.guard(when);
      if (here === 'never') return here;
      for (const index of here.whole) {
        if (gathers(index)) continue;
        if (!mentions(index, (name) => changing.has(name))) branches.push(index);
        // what the innermost loop changes is tested at every store; a copy in which it holds throughout has no tests
        else if (innermost && mentions(index, (name) => name === innermost!.name)) throughoutCopy(index);
      }
      // what differs from lane to lane takes vectors apart
      here.cutting.filter((index) => !gathers(index)).forEach(throughoutCopy);
      return 'maybe';
    };
    const count = (statement: Statement): void => {
      if (isTooLong(stores)) return;
      if (statement.kind === 'if') { if (note(statement.when) === 'maybe') statement.body.forEach(count); }
      else if (statement.kind === 'store') { stores++; selectsOf(statement.value).forEach(note); }
      else if (statement.kind === 'for' && statement.as === 'unrolled') eachIteration(statement, () => statement.body.forEach(count));
      else if (statement.kind === 'for') {
        const outside = innermost, vectorized = statement.as === 'vectorized';
        changing.set(statement.variable.name, statement.variable);
        innermost = statement.as === 'serial' && !hasSerialLoop(statement.body) ? statement.variable : undefined;
        if (vectorized) site.lanes = allOf(statement.variable);
        statement.body.forEach(count);
        if (vectorized) site.lanes = null;
        innermost = outside;
      }
    };
    count(s);
    return { branches, stores };
  };

  /** The loop once per outcome of the branches in it that no iteration changes. */
  const versions = (s: Loop, open: readonly Index[]): void => {
    const condition = strictest(open);
    if (condition === undefined) { plainLoop(s); return; }
    for (const outcome of [condition, negated(condition)]) guarded({ whole: [outcome], cutting: [] }, () => versions(s, openBranches(open, site.facts)));
  };

  /** The last iteration of `s` whose vectors are whole, where the later ones are cut by the end of an axis: whole vectors are stored as such. */
  const lastWhole = (s: Loop): number | undefined => {
    let found: number | undefined;
    const note = (when: Guard, lanes: LoopVariable): void => {
      site.lanes = allOf(lanes);
      const here = values.guard(when);
      site.lanes = null;
      for (const index of here === 'never' ? [] : here.cutting) {
        const least = throughout(index, new Map([[lanes.name, lanes]])), only = least?.terms[0];
        if (!least || least.terms.length !== 1 || only!.coefficient >= 0 || only!.atom.kind !== 'variable' || only!.atom.name !== s.variable.name) continue;
        const last = Math.floor(least.constant / -only!.coefficient);
        if (last >= s.variable.first && last < s.variable.last) found = Math.min(found ?? last, last);
      }
    };
    const inLanes = (statement: Statement, lanes: LoopVariable): void => {
      if (statement.kind === 'if') { note(statement.when, lanes); for (const inner of statement.body) inLanes(inner, lanes); }
      else if (statement.kind === 'store') selectsOf(statement.value).forEach((when) => note(when, lanes));
    };
    const look = (statement: Statement): void => {
      if (statement.kind === 'if') { statement.body.forEach(look); return; }
      if (statement.kind !== 'for') return;
      if (statement.as === 'vectorized') for (const inner of statement.body) inLanes(inner, statement.variable);
      else if (statement.as === 'unrolled') eachIteration(statement, () => statement.body.forEach(look));
    };
    s.body.forEach(look);
    return found;
  };

  /** Loops by name, and those that are written already. Proofs about accesses go by names, so a part of a loop that is written apart gets a name of its own. */
  const loopNames = loopNamesIn(kernel), written = new Map<string, LoopVariable>();
  const ofOneRange = (variable: LoopVariable): LoopVariable => {
    for (let copy = 1; ; copy++) {
      const name = copy === 1 ? variable.name : `${variable.name}${copy}`, known = written.get(name);
      if (known ? known.first !== variable.first || known.last !== variable.last : copy > 1 && loopNames.has(name)) continue;
      const named = name === variable.name ? variable : { ...variable, name };
      written.set(name, named);
      return named;
    }
  };

  const plainLoop = (s: Loop): void => {
    const variable = ofOneRange(s.variable), { name } = s.variable, outside = site.bound.get(name);
    if (variable !== s.variable) site.bound.set(name, variableOf(variable));
    const body = numbering.inside(() => walk(s.body));
    if (outside === undefined) site.bound.delete(name);
    else site.bound.set(name, outside);
    if (body.length > 0) numbering.emit({ ...s, variable, body });
  };

  const eachIteration = ({ variable }: Loop, work: () => void): void => {
    for (let i = variable.first; i <= variable.last; i++) {
      site.bound.set(variable.name, constant(i));
      work();
    }
    site.bound.delete(variable.name);
  };

  const loop = (s: Loop): void => {
    const { variable } = s;
    const extent = extentOf(variable);
    if (s.as === 'unrolled' || (extent === 1 && typeof s.as === 'string')) {
      eachIteration(s, () => walk(s.body));
      return;
    }
    if (site.lanes !== null) refuseVectors(`vectorized loop ${site.lanes.variable.name} contains the loop ${variable.name}; a vectorized loop is innermost: reorder ${site.lanes.variable.name} last, or unroll ${variable.name}`);
    if (s.as === 'vectorized') {
      checkExtent(s, options.lanes);
      site.lanes = allOf(variable);
      walk(s.body);
      site.lanes = null;
      return;
    }
    if (s.as !== 'serial' || kernel.launch !== null) { plainLoop(s); return; }
    const whole = lastWhole(s);
    if (whole !== undefined) {
      const before = { ...variable, last: whole }, after = { ...variable, first: whole + 1 };
      for (const range of [before, ...(extentOf(after) > mostCut ? [after] : [])]) {
        site.bound.set(variable.name, variableOf(range));
        loop({ ...s, variable: range });
      }
      site.bound.delete(variable.name);
      if (extentOf(after) <= mostCut) eachIteration({ ...s, variable: after }, () => walk(s.body));
      return;
    }
    versions(s, splitBranches(census(s), site.facts));
  };

  const store = (s: Store): void => {
    if (cutting.length === 0) { wholeStore(s); return; }
    const live = liveLanes(cutting);
    if (live === 0) return;
    if (live === undefined) { cutStore(s); return; }
    const outside = cutting, lanes = site.lanes!;
    cutting = [];
    site.lanes = { ...lanes, live };
    wholeStore(s);
    site.lanes = lanes;
    cutting = outside;
  };

  const wholeStore = (s: Store): void => {
    const combined = site.lanes === null || values.place(s.at).step !== 0 ? undefined : acrossLanes(s);
    if (combined !== undefined) storeScalar(s, combined);
    else if (s.buffer.scope === 'register') registerStore(s);
    else memoryStore(s);
  };

  /** How many lanes are within a guard, where they are the first and the text decides it; undefined where it does not. */
  const liveLanes = (when: Guard): number | undefined => {
    const lanes = Array.from({ length: site.lanes!.count }, (_, i) => values.asLane(i, () => values.guard(when)));
    const live = lanes.findIndex((lane) => lane === 'never');
    const first = lanes.slice(0, live < 0 ? lanes.length : live), others = lanes.slice(first.length);
    return first.every((lane) => lane !== 'never' && lane.whole.length === 0) && others.every((lane) => lane === 'never') ? first.length : undefined;
  };

  /** In dead lanes `otherwise`: what was computed there means nothing. */
  const inLiveLanes = (value: Expression, otherwise: Expression): Expression => {
    const { count, live } = site.lanes!;
    if (live === count) return value;
    const number = (i: number): Expression => ({ kind: 'constant', dtype: 'i32', value: i });
    const left: Expression = { kind: 'assemble', dtype: 'i32', lanes: Array.from({ length: count }, (_, i) => number(i)) };
    return { kind: 'choose', compare: '<', left, right: { kind: 'broadcast', of: number(live), lanes: count }, then: value, otherwise };
  };

  /** All lanes add to, or otherwise combine with, one element: they are combined first. */
  const acrossLanes = ({ buffer, at, value }: Store): Expression | undefined => {
    if (value.kind !== 'binary' || !isAcrossOperator(value.operator)) return undefined;
    const { operator, left, right } = value;
    if (left.kind !== 'load' || left.buffer.name !== buffer.name || !sameIndex(left.at, at)) return undefined;
    const identity: Expression = { kind: 'broadcast', of: { kind: 'constant', dtype: buffer.dtype, value: identityOf(reductionOf[operator], buffer.dtype) }, lanes: site.lanes!.count };
    const lanes = inLiveLanes(values.lift(values.evaluate(right)), identity);
    // one by one, a lane that is no number is passed over; by halves it would be a left operand, and hide the lane that it is compared with
    const term: Expression = (operator === 'max' || operator === 'min') && isFloat(buffer.dtype) ? { kind: 'binary', operator, left: identity, right: lanes } : lanes;
    const of = term.kind === 'register' ? term : numbering.name(numbering.keyOf(term), 'v', term);
    return values.combine(operator, left, { kind: 'across', operator, of });
  };

  const storeScalar = ({ buffer, at: index }: Store, value: Expression): void => {
    const { at } = values.place(index);
    if (buffer.scope === 'register') { setElement(buffer, registers.position(buffer, at), value); return; }
    write(buffer, at, value);
    numbering.changed(buffer.name);
  };

  const write = (buffer: Buffer, at: Index, value: Expression): void =>
    numbering.emit({ kind: 'write', buffer, ...values.address(buffer, at), ...(typeOf(value).lanes > 1 ? firstOf(site.lanes) : {}), value });

  const memoryStore = (s: Store): void => {
    const { at, step, lane } = values.place(s.at);
    const value = values.evaluate(s.value);
    if (site.lanes === null) write(s.buffer, at, value);
    else if (step === 0) refuseReduction(s);
    else if (step === 1) write(s.buffer, at, values.lift(value));
    else {
      const whole = typeOf(value).lanes === 1 ? value : numbering.name(numbering.keyOf(value), 'v', value);
      for (let i = 0; i < site.lanes.live; i++) write(s.buffer, lane(i), typeOf(whole).lanes === 1 ? whole : laneOf(whole, i));
    }
    numbering.changed(s.buffer.name);
  };

  /** A guard cuts the vector: each lane stores for itself, under its own share of the guard. */
  const cutStore = (s: Store): void => {
    const when = cutting, { step } = values.place(s.at);
    cutting = [];
    if (s.buffer.scope === 'register' && step !== 0) cutRegister(s, when);
    else for (let i = 0; i < site.lanes!.count; i++) values.asLane(i, () => guarded(values.guard(when), () => wholeStore(s)));
    cutting = when;
  };

  const refuseReduction = (s: Store): never =>
    refuseVectors(`every lane of ${site.lanes!.variable.name} stores to the same element of ${s.buffer.name} and combines nothing with it; add to it, or take its max, min or product, or leave the loop serial`);

  const setRegister = (buffer: Buffer, number: number, value: Expression): void => {
    const { name } = registers.named(buffer, number);
    if (value.kind === 'register' && value.name === name) return;
    numbering.emit({ kind: 'set', name, value });
    numbering.changed(name);
    const scalar = value.kind === 'broadcast' ? value.of : value;
    if (scalar.kind === 'constant' && scalar.value === 0) numbering.remember(zeroKey(numbering, name), name);
  };

  const setElement = (buffer: Buffer, at: number, value: Expression): void => {
    const width = registers.width(buffer);
    if (width === 1) { setRegister(buffer, at, value); return; }
    const number = Math.floor(at / width), register = registers.named(buffer, number);
    setRegister(buffer, number, { kind: 'assemble', dtype: buffer.dtype, lanes: Array.from({ length: width }, (_, i) => (i === at % width ? value : laneOf(register, i))) });
  };

  const registerStore = (s: Store): void => {
    const { buffer } = s;
    const place = values.place(s.at), lanes = site.lanes;
    if (lanes === null) { setElement(buffer, registers.position(buffer, place.at), values.evaluate(s.value)); return; }
    if (place.step === 0) refuseReduction(s);
    const own = ownRegister(buffer, place), places = own === undefined ? placesOf(buffer, place) : [], value = values.lift(values.evaluate(s.value));
    if (own !== undefined) setRegister(buffer, own, inLiveLanes(value, registers.named(buffer, own)));
    else {
      const whole = value.kind === 'assemble' || value.kind === 'broadcast' ? value : numbering.name(numbering.keyOf(value), 'v', value);
      places.slice(0, lanes.live).forEach((element, i) => setElement(buffer, element, laneOf(whole, i)));
    }
  };

  /** The element of each lane. */
  const placesOf = (buffer: Buffer, { at, step, lane }: Place): readonly number[] => {
    if (step === null) return Array.from({ length: site.lanes!.count }, (_, i) => registers.position(buffer, lane(i)));
    const first = registers.position(buffer, at);
    return Array.from({ length: site.lanes!.count }, (_, i) => first + i * step);
  };

  /** The register that the elements of all lanes are; undefined where they are not one. */
  const ownRegister = (buffer: Buffer, { at, step }: Place): number | undefined => {
    const { count } = site.lanes!;
    if (step !== 1 || registers.width(buffer) !== count) return undefined;
    const first = registers.position(buffer, at);
    return first % count === 0 ? first / count : undefined;
  };

  /** Registers have no lanes to store apart: a lane whose guard fails keeps what it held. */
  const cutRegister = (s: Store, when: Guard): void => {
    const whole = values.place(s.at), places = placesOf(s.buffer, whole), own = ownRegister(s.buffer, whole);
    const lanes = places.map((place, i) => values.asLane(i, (): Expression => {
      const old = registers.element(s.buffer, place), mine = values.guard(when);
      if (mine === 'never') return old;
      return mine.whole.length === 0 ? values.evaluate(s.value) : { kind: 'select', when: mine.whole, then: values.evaluate(s.value, true), otherwise: old };
    }));
    if (own !== undefined) setRegister(s.buffer, own, { kind: 'assemble', dtype: s.buffer.dtype, lanes });
    else places.forEach((place, i) => setElement(s.buffer, place, lanes[i]!));
  };

  walk(kernel.body);
  return { ...kernel, body: numbering.finish() };
};

const refuseVectors = (message: string): never => refuse({ code: 'vectorize-illegal', stage: 'lower', message });

const allOf = (variable: LoopVariable): Lanes => ({ variable, count: extentOf(variable), live: extentOf(variable) });

const reductionOf: Readonly<Record<AcrossOperator, ReductionOperator>> = { add: 'sum', multiply: 'product', max: 'max', min: 'min' };

const loopNamesIn = ({ body }: Kernel): ReadonlySet<string> => {
  const names = new Set<string>();
  visitStatements(body, (statement) => { if (statement.kind === 'for') names.add(statement.variable.name); });
  return names;
};

/** Whether iterations of some loop in a body run one after another as text once. */
const hasSerialLoop = (body: readonly Statement[]): boolean => {
  let found = false;
  visitStatements(body, (statement) => { found ||= statement.kind === 'for' && statement.as === 'serial' && extentOf(statement.variable) > 1; });
  return found;
};

/** A vector is a power of two of elements, and the narrowest type it works on fills at most one register. */
const checkExtent = (s: Loop, lanesOf: ExpandOptions['lanes']): void => {
  const extent = extentOf(s.variable);
  let most = 1;
  visitStatements(s.body, (statement) => {
    if (statement.kind !== 'store') return;
    most = Math.max(most, lanesOf(statement.buffer.dtype));
    visitLoads(statement.value, (buffer) => { most = Math.max(most, lanesOf(buffer.dtype)); });
  });
  if (extent <= most && Number.isInteger(Math.log2(extent))) return;
  refuseVectors(most === 1
    ? `vectorized loop ${s.variable.name} has ${extent} iterations but the target has no vectors; leave it serial`
    : `vectorized loop ${s.variable.name} has ${extent} iterations; a vector has a power of two of them, at most ${most} here: split by ${most} first`);
};
