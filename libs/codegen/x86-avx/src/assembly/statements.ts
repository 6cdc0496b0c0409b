/**
 * The statements of an expanded kernel as steps: loops, guards, registers and stores in the order they stand in. What is read once is an operand of
 * the instruction that uses it, unless something is written in between. It chooses no register.
 */
import {
  add, bytesOf, constant, extentOf, indexText, isConstant, plus, scale, subtract, substitute, variable as variableOf, valueOf, typeOf, visitExpressions, visitStatements,
  type Buffer, type Expression, type Guard, type Index, type Statement,
} from '@loopsmith/ir';
import type { KernelRequest } from '@loopsmith/codegen-c-family';
import { createIntegers, immediate } from './integers.js';
import { instruction, jump, reading, update, type Integer, type Memory, type Step } from './instruction.js';
import { unwritten } from './unwritten.js';
import { createVectors } from './vectors.js';

type Body = readonly Statement[];
type Loop = Extract<Statement, { readonly kind: 'for' }>;

export interface Steps {
  readonly steps: readonly Step[];
  /** Steps before this one run once, while `%rdi` and `%rsi` hold what the caller handed over. */
  readonly entered: number;
  /** Vectors are numbered below this. */
  readonly vectors: number;
  /** Numbers in memory: the float of each label, and how often it stands there. */
  readonly constants: readonly { readonly label: string; readonly value: number; readonly times: number }[];
}

/** A named address, in bytes; its register once something was read there. */
interface Address { readonly buffer: Buffer; readonly bytes: Index; base: Integer | null }

export const stepsOf = ({ kernel, symbol, places, turns, ahead, shares }: KernelRequest, evex: boolean): Steps => {
  const integers = createIntegers(places), addresses = new Map<string, Address>(), written = new Map<string, Index>();
  const constants = new Map<string, { label: string; value: number; times: number }>();
  let out: Step[] = [], labels = 0;
  const emit = (...steps: readonly Step[]): void => { for (const step of steps) out.push(step); };
  const label = (): string => `.L${symbol}_${labels++}`;
  const here = (index: Index): Index => (written.size === 0 ? index : substitute(index, (name) => written.get(name)));
  const part = integers.fresh(), parts = integers.fresh();

  const withoutConstant = (index: Index): Index => (index.constant === 0 ? index : subtract(index, constant(index.constant)));
  const addressed = (buffer: Buffer, bytes: Index): Memory => ({ kind: 'memory', base: integers.value(withoutConstant(bytes), buffer), displacement: bytes.constant });
  /** So many bytes from a named address. */
  const from = (address: Address, bytes: number): Memory => {
    address.base ??= integers.value(withoutConstant(address.bytes), address.buffer);
    return { kind: 'memory', base: address.base, displacement: address.bytes.constant + bytes };
  };
  const memory = (buffer: Buffer, base: string | null, at: Index): Memory => {
    if (buffer.dtype !== 'f32') unwritten(`memory of ${buffer.dtype}`);
    const size = bytesOf[buffer.dtype], address = base === null ? null : addresses.get(base)!, place = here(at);
    if (address && isConstant(place)) return from(address, size * place.constant);
    return addressed(buffer, address ? add(address.bytes, scale(place, size)) : scale(place, size));
  };

  const asked = guardCounts(kernel.body);
  const unless = (when: Guard, to: string): void => {
    const conditions = when.map(here).filter((index) => index.terms.length > 0 || index.constant < 0);
    if (conditions.some(isConstant)) { emit(jump('jmp', to)); return; }
    if (conditions.length > 1 && asked.get(textOfGuard(when))! > 1) { emit(reading('cmpq', '$0', integers.either(conditions)), jump('jl', to)); return; }
    for (const index of conditions)
      emit(reading('cmpq', immediate(-index.constant), integers.value(withoutConstant(index), null)), jump('jl', to));
  };

  const pooled = (value: number, lanes: number): string => {
    const times = evex ? 1 : lanes, key = `${Object.is(value, -0) ? '-0' : Math.fround(value)} ${times}`, found = constants.get(key) ?? { label: `.L${symbol}_c${constants.size}`, value, times };
    constants.set(key, found);
    return `${found.label}(%rip)${evex && lanes > 1 ? `{1to${lanes}}` : ''}`;
  };
  const vectors = createVectors({ emit, evex, constant: pooled, memory, unless, label });

  const folded = foldedNames(kernel.body);
  const block = (body: Body): void => {
    const joined = joinedSets(body);
    vectors.branch();
    for (const statement of body) switch (statement.kind) {
      case 'for': loop(statement); break;
      case 'if': {
        const end = label();
        unless(statement.when, end);
        block(statement.body);
        emit({ kind: 'label', name: end });
        break;
      }
      case 'address': addresses.set(statement.name, { buffer: statement.buffer, bytes: scale(here(statement.at), bytesOf[statement.buffer.dtype]), base: null }); break;
      case 'let': vectors.name(statement.name, statement.value, folded.has(statement.name)); break;
      case 'set': {
        const value = joined.get(statement);
        if (value !== null) vectors.assign(statement.name, value ?? statement.value);
        break;
      }
      case 'write': {
        const value = vectors.register(statement.value), to = memory(statement.buffer, statement.base, statement.at);
        if (statement.first === undefined) emit(instruction(value.lanes === 1 ? 'vmovss' : 'vmovups', value, to));
        else if (!evex) unwritten('the first lanes of memory');
        else {
          vectors.mask(statement.first);
          emit(instruction('vmovups', value, to, '{%k1}'));
        }
        break;
      }
      case 'declare': if (statement.buffer.scope !== 'scratch') throw new Error(`${statement.buffer.name} is declared in ${statement.buffer.scope}`); break;
      case 'barrier': case 'store': throw new Error(`a ${statement.kind} in a kernel of a CPU; the printer takes expanded programs`);
      default: statement satisfies never;
    }
    vectors.branch();
  };

  const loop = (statement: Loop): void => {
    const { variable, as, body } = statement, dynamic = as === 'parallel', count = dynamic ? 1 : turns(statement), end = label();
    if (as !== 'serial' && !dynamic) throw new Error(`${variable.name} is still ${typeof as === 'string' ? as : 'bound to hardware'}; the printer takes expanded programs`);
    const rounds = count === 1 ? variable : { ...variable, name: `${variable.name}/${count}`, first: 0, last: extentOf(variable) / count - 1 };
    const around = out, frame = integers.enter(rounds, dynamic);
    out = [];
    for (let turn = 0; turn < count; turn++) {
      if (count > 1) written.set(variable.name, plus(scale(variableOf(rounds), count), variable.first + turn));
      block(body);
      for (const { address, elements } of ahead(statement)) {
        const named = addresses.get(address)!;
        emit(reading('prefetcht0', from(named, elements * bytesOf[named.buffer.dtype])));
      }
      for (const { buffer, at } of shares(statement)) emit(reading('prefetcht1', addressed(buffer, here(at))));
    }
    written.delete(variable.name);
    integers.leave();
    const turn = out, begin = label(), { counter } = frame, bound = dynamic ? integers.fresh() : null;
    out = around;
    emit(...frame.before);
    // a counter that nobody asks for counts down: processors take the subtraction and the jump as one
    const down = !dynamic && !frame.asked, { first, last } = rounds;
    if (bound) emit(...shareOf(part, parts, first, extentOf(rounds), counter, bound), jump('jge', end));
    else emit(instruction('movq', immediate(down ? extentOf(rounds) : first), counter));
    emit({ kind: 'begin', name: begin, innermost: !body.some(({ kind }) => kind === 'for') }, ...frame.first, ...turn, ...frame.last);
    if (down) emit(update('subq', '$1', counter), jump('jne', begin));
    else emit(update('addq', '$1', counter), ...(bound ? [instruction('movq', bound, '%rax'), reading('cmpq', '%rax', counter), jump('jl', begin)] : [reading('cmpq', immediate(last), counter), jump('jle', begin)]));
    emit({ kind: 'end' }, { kind: 'label', name: end });
  };

  integers.kernel.before.push(instruction('movq', '%rdx', part), instruction('movq', '%rcx', parts));
  block(kernel.body);
  return { steps: [...integers.kernel.before, ...out], entered: integers.kernel.before.length, vectors: vectors.count(), constants: [...constants.values()] };
};

/** The turns of a parallel loop that are one part's: first + part * extent / parts up to the next part's first. Leaves flags that say whether there are any. */
const shareOf = (part: Integer, parts: Integer, first: number, extent: number, counter: Integer, bound: Integer): readonly Step[] => {
  const begin = (of: readonly Step[], to: Integer): readonly Step[] => [
    ...of, update('imulq', immediate(extent), '%rax'), { kind: 'instruction', name: 'cqto', operands: [], last: 'read' }, reading('idivq', parts),
    ...(first === 0 ? [] : [update('addq', immediate(first), '%rax')]), instruction('movq', '%rax', to),
  ];
  return [
    ...begin([instruction('movq', part, '%rax')], counter), ...begin([instruction('movq', part, '%rax'), update('addq', '$1', '%rax')], bound),
    reading('cmpq', '%rax', counter),
  ];
};

const textOfGuard = (when: Guard): string => when.map(indexText).join('&');
/** How often each guard is asked for in the text. */
const guardCounts = (kernel: Body): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>(), note = (when: Guard): void => { const text = textOfGuard(when); counts.set(text, (counts.get(text) ?? 0) + 1); };
  visitStatements(kernel, (statement) => {
    if (statement.kind === 'if') note(statement.when);
    const value = valueOf(statement);
    if (value) visitExpressions(value, (e) => { if (e.kind === 'select') note(e.when); });
  });
  return counts;
};

/**
 * Names whose only use may read memory itself: reads and broadcasts that one statement of the same body uses, with nothing written and no loop or
 * branch on the way.
 */
const foldedNames = (kernel: Body): ReadonlySet<string> => {
  interface Named { readonly body: Body; readonly at: number; readonly value: Expression; count: number; last: number; apart: boolean }
  const named = new Map<string, Named>(), changes = new Map<Body, number[]>();
  const walk = (body: Body): void => {
    const before: number[] = [];
    changes.set(body, before);
    let changed = 0;
    body.forEach((statement, at) => {
      before.push(changed);
      const value = valueOf(statement);
      if (value) visitExpressions(value, (e) => {
        const use = e.kind === 'register' ? named.get(e.name) : undefined;
        if (!use) return;
        use.count++;
        use.last = at;
        use.apart ||= use.body !== body;
      });
      if (statement.kind === 'let') named.set(statement.name, { body, at, value: statement.value, count: 0, last: 0, apart: false });
      else if (statement.kind !== 'set' && statement.kind !== 'address') changed++;
      if (statement.kind === 'for' || statement.kind === 'if') walk(statement.body);
    });
  };
  walk(kernel);
  const folded = new Set<string>();
  for (const [name, { body, at, value, count, last, apart }] of named) {
    const of = value.kind === 'broadcast' ? value.of : value, before = changes.get(body)!;
    if (count === 0 || apart || before[last] !== before[at]) continue;
    const plain = of.kind === 'read' && of.first === undefined || of.kind === 'constant' || (of.kind === 'register' && value.kind === 'broadcast' && folded.has(of.name) && named.get(of.name)?.value.kind === 'read');
    // a scalar is loaded into all lanes where it is broadcast, however often that is
    if (plain && (count === 1 || typeOf(value).lanes === 1)) folded.add(name);
  }
  return folded;
};

/**
 * What becomes of assignments in a row: one that the next to the same name overwrites is needless (null), and so is one of a named value to which the next adds,
 * which then adds to that value.
 */
const joinedSets = (body: Body): ReadonlyMap<Statement, Expression | null> => {
  const joined = new Map<Statement, Expression | null>(), next = new Map<string, Statement | 'read'>();
  const named = new Set(body.flatMap((s) => (s.kind === 'let' ? [s.name] : [])));
  for (const statement of [...body].reverse()) {
    // what is added to may be read where it is added, so nothing may be written on the way there
    if (statement.kind !== 'let' && statement.kind !== 'set' && statement.kind !== 'address') next.clear();
    const value = valueOf(statement), added = value?.kind === 'binary' && value.left.kind === 'register' ? value.left.name : null;
    if (statement.kind === 'set') {
      const { name } = statement, after = next.get(name);
      if (after && after !== 'read' && after.kind === 'set') {
        const of = joined.get(after) ?? after.value;
        if (!mentions(of, name)) joined.set(statement, null);
        else if (statement.value.kind === 'register' && named.has(statement.value.name) && of.kind === 'binary' && !mentions(of.right, name)) {
          joined.set(after, { ...of, left: statement.value });
          joined.set(statement, null);
        }
      }
      next.set(name, statement);
    }
    if (value) visitExpressions(value, (e) => {
      if (e.kind === 'register' && !(statement.kind === 'set' && e.name === statement.name && added === e.name && value.kind === 'binary' && !mentions(value.right, e.name))) next.set(e.name, 'read');
    });
  }
  return joined;
};

const mentions = (value: Expression, name: string): boolean => {
  let found = false;
  visitExpressions(value, (e) => { found ||= e.kind === 'register' && e.name === name; });
  return found;
};
