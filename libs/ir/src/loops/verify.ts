/**
 * Whether a Program is sound: what emitters and `interpret` may rely on. Types are compared: dtypes and lanes of what is combined,
 * stored and named. What is said of addresses is proved by range analysis or, where that does not suffice, by trying points;
 * what neither shows is refused. It repairs nothing and knows no device.
 */
import type { Failure } from '@loopsmith/util';
import { add, indexText, negated, plus, variablesOf, visitVariables, type Atom, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { extentOf } from '../tensor/tensor.js';
import { sharedHazards } from './barriers.js';
import { digitsOf } from './digits.js';
import { findPoint } from './find-point.js';
import { guardedRanges, type GuardedRanges } from '../index/guarded-range.js';
import { divergence, hardwareVariables, isBound, launchExtent, onHardware, type Loop } from './hardware.js';
import { partsOf, typeOf, valueOf, visitExpressions, visitStatements, type Buffer, type Expression, type Kernel, type Launch, type Program, type Statement, type Type } from './program.js';
import { besideFaults, raceFaults, type SharedAccess } from './shared-accesses.js';
import { expressionText, loopKindText, simpleText, typeText } from './text.js';

/** Every violated rule; none for a sound program. */
export const verifyProgram = (program: Program): readonly Failure[] => {
  const failures: Failure[] = [], expanded = isExpanded(program);
  const names = new Set<string>();
  for (const { name } of program.buffers) {
    if (names.has(name)) failures.push(invalid(`the program has two buffers named ${name}; every buffer needs a name of its own`));
    names.add(name);
  }
  for (const kernel of program.kernels) new KernelCheck(kernel, program.buffers, expanded, failures).run();
  return failures;
};

/** Whether some member is there that only expanded programs have: registers, vector values or addresses. */
const isExpanded = (program: Program): boolean => {
  let found = false;
  const look = ({ kind }: Statement | Expression): void => { found ||= expandedKinds.has(kind); };
  for (const { body } of program.kernels)
    visitStatements(body, (statement) => {
      const value = valueOf(statement);
      look(statement);
      if (value) visitExpressions(value, look);
    });
  return found;
};

const expandedKinds: ReadonlySet<(Statement | Expression)['kind']> = new Set(['let', 'set', 'address', 'write', 'register', 'read', 'broadcast', 'gather', 'lane', 'across', 'assemble']);

const invalid = (message: string): Failure => ({ code: 'program-invalid', stage: 'lower', message });

type Named = { readonly kind: 'let' | 'set'; readonly type: Type } | { readonly kind: 'address'; readonly buffer: Buffer; readonly at: Index };
/** What is in force at a statement. Copied at every body, so that what a body adds ends with it. */
interface Scope {
  readonly loops: readonly Loop[];
  readonly ranges: GuardedRanges;
  readonly buffers: Map<string, Buffer>;
  readonly names: Map<string, Named>;
  /** Buffers declared inside the parallel loop: each iteration has its own. */
  readonly own: Set<string>;
}

class KernelCheck {
  private readonly kernel: Kernel;
  private readonly globals: readonly Buffer[];
  private readonly expanded: boolean;
  private readonly failures: Failure[];
  private parallel: LoopVariable | null = null;
  /** Loops by name. Proofs go by names, so loops beside each other may share one only with its range. */
  private readonly ranges = new Map<string, LoopVariable>();
  /** Global accesses inside the parallel loop, or of a launched kernel, and those beside the parallel loop. */
  private readonly shared: SharedAccess[] = [];
  private readonly beside: Pick<SharedAccess, 'buffer' | 'stores' | 'text'>[] = [];

  constructor(kernel: Kernel, globals: readonly Buffer[], expanded: boolean, failures: Failure[]) {
    this.kernel = kernel;
    this.globals = globals;
    this.expanded = expanded;
    this.failures = failures;
  }

  run(): void {
    this.body(this.kernel.body, { loops: [], ranges: guardedRanges([]), buffers: new Map(this.globals.map((buffer) => [buffer.name, buffer])), names: new Map(), own: new Set() });
    if (this.kernel.launch) this.launched(this.kernel.launch);
    if (!this.parallel) return;
    besideFaults(this.parallel, this.beside, this.shared).forEach((fault) => { this.fail(fault); });
    raceFaults(this.parallel, 'iterations', this.shared).forEach((fault) => { this.fail(fault); });
  }

  /** Threads of a block meet at barriers, and blocks never: what they write to global memory has to be apart. */
  private launched(launch: Launch): void {
    for (const { buffer, first, second } of sharedHazards(this.kernel))
      this.fail(
        `a barrier is missing: \`${second}\` uses elements of ${buffer} that other threads of the block use in \`${first}\`, and nothing makes them wait; put \`barrier block\` between the two`,
      );
    for (const bound of ['block', 'thread'] as const)
      for (const index of hardwareVariables(launch, bound)) raceFaults(index, `${bound}s`, this.shared).forEach((fault) => { this.fail(fault); });
  }

  private fail(message: string): void { this.failures.push(invalid(`kernel ${this.kernel.name}: ${message}`)); }

  // ---- statements ----
  private body(body: readonly Statement[], outer: Scope): void {
    const scope: Scope = { ...outer, buffers: new Map(outer.buffers), names: new Map(outer.names), own: new Set(outer.own) };
    // what cannot run cannot be wrong
    if (scope.ranges.never) return;
    for (const statement of body) this.statement(statement, scope);
  }

  private statement(statement: Statement, scope: Scope): void {
    switch (statement.kind) {
      case 'for': this.loop(statement, scope); return;
      case 'if':
        for (const index of statement.when) this.index(index, scope, 'the guard of an if');
        this.body(statement.body, { ...scope, ranges: guardedRanges([...scope.ranges.guard, ...statement.when]) });
        return;
      case 'declare': {
        const { name } = statement.buffer;
        if (scope.buffers.has(name)) this.fail(`declares ${name}, which is the name of a buffer in scope already; rename one of them`);
        scope.buffers.set(name, statement.buffer);
        scope.own.add(name);
        return;
      }
      case 'barrier': this.barrier(statement, scope); return;
      case 'store': {
        const text = simpleText(statement);
        this.value(statement.value, scope, text);
        this.lanes(statement.value, 1, text);
        this.stored(statement, text);
        this.access(statement.buffer, null, statement.at, 1, scope, true, text);
        return;
      }
      case 'write': {
        const text = simpleText(statement);
        this.value(statement.value, scope, text);
        this.stored(statement, text);
        this.first(statement.first, typeOf(statement.value).lanes, text);
        this.access(statement.buffer, statement.base, statement.at, statement.first ?? typeOf(statement.value).lanes, scope, true, text);
        return;
      }
      case 'let': {
        this.value(statement.value, scope, simpleText(statement));
        if (scope.names.has(statement.name)) this.fail(`\`${simpleText(statement)}\` names ${statement.name} a second time; a let is never assigned again`);
        scope.names.set(statement.name, { kind: 'let', type: typeOf(statement.value) });
        return;
      }
      case 'set': this.set(statement, scope); return;
      case 'address': {
        this.index(statement.at, scope, simpleText(statement));
        this.known(statement.buffer, scope, simpleText(statement));
        if (scope.names.has(statement.name)) this.fail(`\`${simpleText(statement)}\` names ${statement.name} a second time; an address is never assigned again`);
        scope.names.set(statement.name, { kind: 'address', buffer: statement.buffer, at: statement.at });
        return;
      }
      default: statement satisfies never;
    }
  }

  private loop({ variable, as, body }: Extract<Statement, { kind: 'for' }>, scope: Scope): void {
    const { name } = variable;
    if (extentOf(variable) < 1) this.fail(`loop ${name} has no iterations; leave it out`);
    if (scope.loops.some((loop) => loop.variable.name === name)) this.fail(`loop ${name} lies inside another loop ${name}; every loop variable is bound once`);
    const known = this.ranges.get(name) ?? variable;
    this.ranges.set(name, known);
    if (known.first !== variable.first || known.last !== variable.last)
      this.fail(
        `loop ${name} runs over ${variable.first}..${variable.last} here and over ${known.first}..${known.last} elsewhere in the kernel; a name means one range, so rename one of them`,
      );
    if (this.expanded && (as === 'unrolled' || as === 'vectorized')) this.fail(`loop ${name} is still ${as} in an expanded program; expand turns such loops into text`);
    if (as === 'vectorized') {
      const inner = firstLoop(body);
      if (inner) this.fail(`vectorized loop ${name} holds loop ${inner.name}; reorder so that ${name} is the innermost`);
    }
    if (isBound(as)) {
      const { launch } = this.kernel, extent = extentOf(variable);
      if (launch === null)
        this.fail(`loop ${name} is bound to ${loopKindText(as)}, but the kernel has no launch; give it one that is as wide as its bound loops`);
      else if (extent > launchExtent(launch, as))
        this.fail(
          `loop ${name} has ${extent} iterations on ${loopKindText(as)}, of which the launch has ${launchExtent(launch, as)}; widen the launch`,
        );
    }
    if (as === 'parallel') {
      const outer = scope.loops.at(-1);
      if (outer) this.fail(`parallel loop ${name} lies inside loop ${outer.variable.name}; only the outermost loop can be parallel`);
      else if (this.parallel) this.fail(`${this.parallel.name} and ${name} are both parallel; no barrier separates two parallel loops of one kernel, so make two kernels`);
      else this.parallel = variable;
    }
    this.body(body, { ...scope, loops: [...scope.loops, { variable, as }], own: as === 'parallel' ? new Set() : scope.own });
  }

  /** All threads of a block must come to a barrier equally often. */
  private barrier({ id }: Extract<Statement, { kind: 'barrier' }>, scope: Scope): void {
    const apart = divergence(scope.loops, scope.ranges.guard, this.kernel.launch);
    if (apart?.kind === 'guard')
      this.fail(
        `barrier block ${id} lies under the guard \`${indexText(apart.condition)} >= 0\`, which differs between threads (${apart.loop.name}); move it out of the guard`,
      );
    if (apart?.kind === 'loop')
      this.fail(
        `barrier block ${id} lies inside loop ${apart.loop.name}, which ${extentOf(apart.loop)} of ${apart.threads} threads run; the others never come to it, so move it out of the loop`,
      );
  }

  private set({ name, value }: Extract<Statement, { kind: 'set' }>, scope: Scope): void {
    const text = `set ${name}`;
    this.value(value, scope, text);
    const known = scope.names.get(name), type = typeOf(value);
    if (known && known.kind !== 'set')
      this.fail(
        `\`${text}\` assigns to ${name}, which is ${known.kind === 'let' ? 'a let' : 'an address'}; only registers made by set can be assigned again`,
      );
    else if (known && (known.type.lanes !== type.lanes || known.type.dtype !== type.dtype))
      this.fail(`\`${text}\` assigns ${typeText(value)} to a register of ${known.type.dtype} x ${known.type.lanes}; a register keeps its type`);
    if (!known) scope.names.set(name, { kind: 'set', type });
  }

  // ---- values ----
  private value(value: Expression, scope: Scope, text: string): void {
    switch (value.kind) {
      case 'constant': return;
      case 'index': this.index(value.of, scope, text); return;
      case 'load': this.access(value.buffer, null, value.at, 1, scope, false, text); return;
      case 'read': this.vector(value, 1, scope, text); return;
      case 'gather': this.vector(value, value.step, scope, text); return;
      case 'register': {
        const known = scope.names.get(value.name);
        if (!known || known.kind === 'address') this.fail(`\`${text}\` reads register ${value.name}, which nothing around it has set before`);
        else if (known.type.lanes !== value.type.lanes || known.type.dtype !== value.type.dtype)
          this.fail(
            `\`${text}\` reads ${value.name} as ${value.type.dtype} x ${value.type.lanes}; it was set as ${known.type.dtype} x ${known.type.lanes}`,
          );
        return;
      }
      case 'unary': case 'cast': break;
      case 'binary': this.sameDType([value.left, value.right], text); break;
      case 'choose': this.sameDType([value.left, value.right], text); this.sameDType([value.then, value.otherwise], text); break;
      case 'select': {
        for (const index of value.when) this.index(index, scope, text);
        const under = (guard: Guard): Scope => ({ ...scope, ranges: guardedRanges([...scope.ranges.guard, ...guard]) });
        const only = value.when[0];
        // a branch that cannot be taken reads nothing
        const then = under(value.when), otherwise = value.when.length === 1 && only ? under([negated(only)]) : scope;
        if (!then.ranges.never) this.value(value.then, then, text);
        if (!otherwise.ranges.never) this.value(value.otherwise, otherwise, text);
        this.sameDType([value.then, value.otherwise], text);
        this.sameLanes([value.then, value.otherwise], text);
        return;
      }
      case 'broadcast': break;
      case 'across': {
        const { lanes } = typeOf(value.of);
        if (lanes === 1 || !Number.isInteger(Math.log2(lanes)))
          this.fail(`\`${text}\` combines the ${lanes} lanes of \`${expressionText(value.of)}\` by halves; a power of two of them, more than one, can be`);
        break;
      }
      case 'assemble':
        for (const lane of value.lanes)
          if (typeOf(lane).dtype !== value.dtype)
            this.fail(`\`${text}\` assembles \`${expressionText(lane)}\` of ${typeOf(lane).dtype} among lanes of ${value.dtype}; cast it`);
        break;
      case 'lane': {
        const { lanes } = typeOf(value.of);
        if (value.lane < 0 || value.lane >= lanes) this.fail(`\`${text}\` takes lane ${value.lane} of \`${expressionText(value.of)}\`, which has ${lanes} lanes`);
        break;
      }
      default: value satisfies never;
    }
    const parts = partsOf(value);
    for (const part of parts) this.value(part, scope, text);
    if (value.kind === 'broadcast' || value.kind === 'assemble') for (const part of parts) this.lanes(part, 1, text);
    else this.sameLanes(parts, text);
  }

  private vector(value: Extract<Expression, { kind: 'read' | 'gather' }>, step: number, scope: Scope, text: string): void {
    if (value.type.dtype !== value.buffer.dtype) this.fail(`\`${text}\` reads ${value.buffer.name} as ${value.type.dtype}; it holds ${value.buffer.dtype}, so cast the value`);
    const first = value.kind === 'read' ? value.first : undefined, ends = step === 1 ? [0] : [0, step * (value.type.lanes - 1)];
    this.first(first, value.type.lanes, text);
    for (const offset of ends) this.access(value.buffer, value.base, plus(value.at, offset), step === 1 ? (first ?? value.type.lanes) : 1, scope, false, text);
  }

  private first(first: number | undefined, lanes: number, text: string): void {
    if (first !== undefined && !(Number.isInteger(first) && first >= 1 && first < lanes))
      this.fail(`\`${text}\` takes the first ${first} of ${lanes} lanes; it is at least one and fewer than all`);
  }

  private lanes(value: Expression, lanes: number, text: string): void {
    const found = typeOf(value).lanes;
    if (found !== lanes) this.fail(`\`${text}\` uses \`${expressionText(value)}\` of ${found} lanes where a scalar belongs`);
  }
  private sameLanes(values: readonly Expression[], text: string): void {
    const [first, ...others] = values;
    for (const other of others)
      if (first && typeOf(first).lanes !== typeOf(other).lanes)
        this.fail(
          `\`${text}\` combines \`${expressionText(first)}\` of ${typeOf(first).lanes} lanes with \`${expressionText(other)}\` of ${typeOf(other).lanes}; broadcast the scalar`,
        );
  }

  private sameDType([first, second]: readonly [Expression, Expression], text: string): void {
    const [left, right] = [typeOf(first).dtype, typeOf(second).dtype];
    if (left !== right) this.fail(`\`${text}\` combines \`${expressionText(first)}\` of ${left} with \`${expressionText(second)}\` of ${right}; cast one`);
  }
  private stored({ buffer, value }: Extract<Statement, { kind: 'store' | 'write' }>, text: string): void {
    const { dtype } = typeOf(value);
    if (dtype !== buffer.dtype) this.fail(`\`${text}\` stores ${dtype} in ${buffer.name}, which holds ${buffer.dtype}; cast the value`);
  }

  // ---- memory ----
  private known(buffer: Buffer, scope: Scope, text: string): boolean {
    const found = scope.buffers.get(buffer.name);
    if (found && found.size === buffer.size && found.dtype === buffer.dtype && found.slack === buffer.slack && found.scope === buffer.scope) return true;
    this.fail(
      found
        ? `\`${text}\` takes ${buffer.name} for ${describe(buffer)}; it is ${describe(found)}`
        : `\`${text}\` uses buffer ${buffer.name}, which is neither global nor declared around it`,
    );
    return false;
  }

  private access(buffer: Buffer, base: string | null, at: Index, lanes: number, scope: Scope, stores: boolean, text: string): void {
    if (!this.index(at, scope, text) || !this.known(buffer, scope, text)) return;
    let address = at;
    if (base !== null) {
      const named = scope.names.get(base);
      if (named?.kind !== 'address' || named.buffer.name !== buffer.name) {
        this.fail(`\`${text}\` uses ${base} as an address in ${buffer.name}, which nothing around it has made`);
        return;
      }
      address = add(named.at, at);
    }
    if (stores && (buffer.role === 'input' || buffer.role === 'compile'))
      this.fail(`\`${text}\` stores to ${buffer.name}, which the caller owns; store to the output or a temporary`);
    if (buffer.scope === 'register') {
      const kinds = new Map(scope.loops.map(({ variable, as }) => [variable.name, as]));
      const moving = [...variablesOf(address)].find((name) => { const as = kinds.get(name)!; return as !== 'unrolled' && as !== 'vectorized'; });
      if (moving !== undefined)
        this.fail(
          `\`${text}\` indexes register buffer ${buffer.name} by ${loopKindText(kinds.get(moving)!)} loop ${moving}; unroll ${moving} or keep ${buffer.name} in scratch`,
        );
    }
    this.bounds(buffer, address, lanes, scope, stores, text);
    const parallel = scope.loops.find(({ as }) => as === 'parallel')?.variable;
    if (this.kernel.launch !== null && buffer.scope === 'global') {
      const here = onHardware(scope.loops, this.kernel.launch);
      this.shared.push({ buffer: buffer.name, at: here.apply(address), lanes, guard: [...here.guard, ...scope.ranges.guard.map(here.apply)], stores, text });
      return;
    }
    if (buffer.scope !== 'global') {
      if (stores && parallel && !scope.own.has(buffer.name))
        this.fail(
          `\`${text}\` stores to ${buffer.name}, which is declared outside parallel loop ${parallel.name}, so that every part has another one; declare it inside`,
        );
      return;
    }
    if (parallel && parallel === this.parallel && !scope.own.has(buffer.name))
      this.shared.push({ buffer: buffer.name, at: address, lanes, guard: scope.ranges.guard, stores, text });
    if (!parallel) this.beside.push({ buffer: buffer.name, stores, text });
  }

  /** 0 <= address, address + lanes <= size (+ slack for reads). */
  private bounds(buffer: Buffer, address: Index, lanes: number, scope: Scope, stores: boolean, text: string): void {
    const limit = buffer.size + (stores ? 0 : buffer.slack) - lanes;
    const plain = scope.ranges.range(address);
    if (plain.first >= 0 && plain.last <= limit) return;
    // fused loops hide bounds that their digits show
    const digits = digitsOf([address, ...scope.ranges.guard]);
    const fine = guardedRanges([...digits.guard, ...scope.ranges.guard.map(digits.apply)]).range(digits.apply(address));
    const range = { first: Math.max(plain.first, fine.first), last: Math.min(plain.last, fine.last) };
    const elements = `${buffer.size} elements${!stores && buffer.slack > 0 ? ` and ${buffer.slack} of slack` : ''}`;
    for (const [fits, violation] of [[range.first >= 0, negated(address)], [range.last <= limit, plus(address, -limit - 1)]] as const) {
      if (fits) continue;
      const search = findPoint([violation], scope.ranges.guard);
      if (search.kind === 'none') continue;
      const verb = stores ? 'stores' : 'reads';
      const way = stores ? 'guard the store or enlarge the buffer' : 'guard the read or give the buffer slack';
      if (search.kind === 'found')
        this.fail(
          `\`${text}\` ${verb} outside ${buffer.name}, which has ${elements}: \`${indexText(address)}\`${lanes > 1 ? ` and ${lanes - 1} after it` : ''} at ${pointText(search.point)}; ${way}`,
        );
      else {
        this.fail(
          `\`${text}\` cannot be shown to stay inside ${buffer.name}, which has ${elements}: \`${indexText(address)}\` ranges over ${range.first}..${range.last}; ${way}`,
        );
        return;
      }
    }
  }

  /** Variables bound around, with the range of their loop; dividends not negative, as C divides toward zero. */
  private index(index: Index, scope: Scope, text: string): boolean {
    let sound = true;
    visitVariables(index, (v) => {
      const loop = scope.loops.find(({ variable }) => variable.name === v.name)?.variable;
      if (!loop) this.fail(`\`${text}\` uses ${v.name}, which no loop around it binds`);
      else if (v.first > loop.first || v.last < loop.last) this.fail(`\`${text}\` takes ${v.name} for ${v.first}..${v.last}; its loop runs over ${loop.first}..${loop.last}`);
      else return;
      sound = false;
    });
    if (sound) for (const term of index.terms) this.dividends(term.atom, scope, text);
    return sound;
  }

  private dividends(atom: Atom, scope: Scope, text: string): void {
    switch (atom.kind) {
      case 'variable': return;
      case 'indirect': {
        const buffer = scope.buffers.get(atom.buffer), at = atom.at[0];
        if (!buffer) this.fail(`\`${text}\` gathers from buffer ${atom.buffer}, which is neither global nor declared around it`);
        else if (atom.at.length !== 1 || !at) this.fail(`\`${text}\` gathers from ${atom.buffer} with ${atom.at.length} indices; addresses in a program are flat`);
        else this.access(buffer, null, at, 1, scope, false, text);
        return;
      }
      case 'floorDivision': {
        for (const term of atom.index.terms) this.dividends(term.atom, scope, text);
        if (scope.ranges.range(atom.index).first >= 0) return;
        const search = findPoint([negated(atom.index)], scope.ranges.guard);
        if (search.kind === 'found')
          this.fail(
            `\`${text}\` divides \`${indexText(atom.index)}\`, which is negative at ${pointText(search.point)}; C rounds such a quotient up, so add a multiple of ${atom.divisor} first`,
          );
        else if (search.kind === 'unknown')
          this.fail(
            `\`${text}\` divides \`${indexText(atom.index)}\`, which cannot be shown to be 0 or more; add a multiple of ${atom.divisor} first`,
          );
        return;
      }
      default: atom satisfies never;
    }
  }
}

const describe = (buffer: Buffer): string => `${buffer.dtype}[${buffer.size}] ${buffer.scope} slack ${buffer.slack}`;
const pointText = (point: ReadonlyMap<string, number>): string => (point.size === 0 ? 'every point' : [...point].map(([name, value]) => `${name} = ${value}`).join(', '));
const firstLoop = (body: readonly Statement[]): LoopVariable | undefined => {
  let first: LoopVariable | undefined;
  visitStatements(body, (statement) => { if (statement.kind === 'for') first ??= statement.variable; });
  return first;
};
