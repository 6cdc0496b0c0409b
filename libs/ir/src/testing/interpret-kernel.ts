/**
 * One kernel as the source of a JavaScript function: the compiler behind `interpret`. Every name in the source is made
 * here, so no text of a program is ever run. Parts of addresses that a loop does not change are computed outside it;
 * nothing else is optimised, and no statement is moved.
 */
import type { DType } from '../dtype.js';
import { coefficientOf, sameIndex, visitGathers, visitVariables, type Atom, type Guard, type Index, type LoopVariable } from '../index/index-expression.js';
import { keptInDoubles, roundTo } from '../tensor/data.js';
import { binaryCode, callsOf, guardCode, literal, operationCode, type Helper } from '../tensor/javascript.js';
import { extentOf } from '../tensor/tensor.js';
import { dimensions, isBound } from '../loops/hardware.js';
import { isAcrossOperator, partsOf, typeOf, valueOf, visitStatements, type Buffer, type Expression, type Kernel, type SimpleStatement, type Statement } from '../loops/program.js';
import { expressionText, simpleText } from '../loops/text.js';

export interface KernelCode {
  /**
   * Body of a function of (memory.., helpers, fail, hardware, watch). Of a launched kernel it is one thread: a generator that yields
   * the number of every barrier it comes to. `hardware` holds its block and thread in x, y and z, and `watch` is told of every access
   * to memory that threads have in common.
   */
  readonly source: string;
  /** What the parameters m0, m1, .. hold: global buffers and declared ones. */
  readonly memory: readonly Buffer[];
  /** What the source calls f0, f1, ..: operators and roundings that have no spelling of their own. */
  readonly helpers: readonly Helper[];
  /** By number: where an access came from, for `fail(site, index, limit)` and `watch(slot, index, stores, site)`. */
  readonly sites: readonly string[];
}

type For = Extract<Statement, { kind: 'for' }>;
type Store = Extract<Statement, { kind: 'store' }>;
/** A function body or a loop body: what an address needs from outside is defined at its head. */
interface Frame { readonly definitions: string[]; readonly known: Map<string, string> }

export const compileKernel = (kernel: Kernel, globals: readonly Buffer[]): KernelCode => {
  const memory: Buffer[] = [...globals];
  const sites: string[] = [];
  const helpers: Helper[] = [];
  const frames: Frame[] = [{ definitions: [], known: new Map() }];
  /** Loop variables in scope, with the frame whose loop binds them. */
  let variables = new Map<string, { readonly name: string; readonly depth: number }>();
  /** Buffers in scope, by name: their number in `memory`. */
  let slots = new Map<string, number>(globals.map((buffer, i) => [buffer.name, i]));
  /** Registers and addresses: one JavaScript name per name and number of lanes, all declared at the head. */
  const registers = new Map<string, { readonly name: string; readonly lanes: number }>();
  let fresh = 0;

  const launched = kernel.launch !== null;

  const bug = (message: string): never => { throw new Error(`kernel ${kernel.name}: ${message}`); };
  const slotOf = (buffer: string): number => slots.get(buffer) ?? bug(`no buffer ${buffer} is in scope`);
  const registerNamed = (name: string, lanes: number): string => {
    const key = `${name} ${lanes}`;
    const known = registers.get(key) ?? { name: `r${registers.size}`, lanes };
    registers.set(key, known);
    return known.name;
  };

  const call = callsOf(helpers);

  // ---- indices ----
  const define = (depth: number, text: string): string => {
    if (/^\w*$/.test(text)) return text;
    const frame = frames[depth]!;
    const known = frame.known.get(text);
    if (known) return known;
    const name = `p${fresh++}`;
    frame.definitions.push(`const ${name} = ${text};`);
    frame.known.set(text, name);
    return name;
  };
  const depthOf = (atom: Atom): number => {
    if (atom.kind === 'variable') return variables.get(atom.name)?.depth ?? bug(`no loop ${atom.name} is in scope`);
    // memory may change and an address may be out of range under another guard: a gather stays where it is
    if (atom.kind === 'indirect') return frames.length - 1;
    let depth = 0;
    for (const term of atom.index.terms) depth = Math.max(depth, depthOf(term.atom));
    return depth;
  };
  const atomCode = (atom: Atom): string => {
    switch (atom.kind) {
      case 'variable': return variables.get(atom.name)!.name;
      case 'floorDivision': return `Math.floor(${indexCode(atom.index)} / ${atom.divisor})`;
      case 'indirect': {
        const at = atom.at[0];
        if (atom.at.length !== 1 || at === undefined) return bug(`gathers from ${atom.buffer} with ${atom.at.length} indices; addresses in a program are flat`);
        const slot = slotOf(atom.buffer), buffer = memory[slot]!;
        const element = `m${slot}[${checkedIndex(indexCode(at), buffer.size + buffer.slack, `gathers ${atom.text}`)}]`;
        return `(check(${element} - ${atom.first}, ${atom.last - atom.first + 1}, ${site(`takes an index from ${atom.text}, less ${atom.first},`)}) + ${atom.first})`;
      }
      default: return atom satisfies never;
    }
  };
  /** Sums the terms of outer loops outside; the constant joins last, so that neighbouring addresses share the rest. */
  const indexCode = (index: Index): string => {
    const here = frames.length - 1;
    const byDepth = new Map<number, string[]>();
    for (const { coefficient, atom } of index.terms) {
      const depth = depthOf(atom);
      const text = coefficient === 1 ? atomCode(atom) : `${coefficient} * ${atomCode(atom)}`;
      const texts = byDepth.get(depth);
      if (texts) texts.push(text); else byDepth.set(depth, [text]);
    }
    let sum = '';
    for (const depth of [...byDepth.keys()].sort((a, b) => a - b)) {
      const joined = [...(sum ? [sum] : []), ...byDepth.get(depth)!].join(' + ');
      sum = depth < here ? define(depth, joined) : joined;
    }
    return sum === '' ? String(index.constant) : index.constant === 0 ? `(${sum})` : `(${sum} + ${literal(index.constant)})`;
  };

  // ---- memory ----
  const site = (text: string): number => sites.push(`kernel ${kernel.name} ${text}`) - 1;
  const checkedIndex = (index: string, limit: number, text: string): string => `check(${index}, ${limit}, ${site(text)})`;
  const addressCode = (base: string | null, at: Index, lane = ''): string => `${base === null ? '' : `${registerNamed(base, 0)} + `}${indexCode(at)}${lane}`;
  const element = (buffer: Buffer, base: string | null, at: Index, lane: string, reads: string | null, text: string): string => {
    const slot = slotOf(buffer.name), { size, slack } = memory[slot]!;
    const index = checkedIndex(addressCode(base, at, lane), reads === null ? size : size + slack, text);
    const common = launched && (buffer.scope === 'shared' || buffer.scope === 'global');
    return `m${slot}[${common ? `watch(${slot}, ${index}, ${reads === null}, ${site(text)})` : index}]`;
  };

  // ---- values: the code of one lane; `lane` is null where the value has one lane ----
  const valueCode = (value: Expression, lane: string | null): string => {
    const read = (base: string | null, at: Index, offset: string): string =>
      element((value as Extract<Expression, { buffer: Buffer }>).buffer, base, at, offset, 'read', `reads ${expressionText(value)}`);
    switch (value.kind) {
      case 'load':
        return read(null, value.at, '');
      case 'read':
        return value.first === undefined
          ? read(value.base, value.at, value.type.lanes === 1 ? '' : ` + ${lane}`)
          : `(${lane} < ${literal(value.first)} ? ${read(value.base, value.at, ` + ${lane}`)} : 0)`;
      case 'gather':
        return read(value.base, value.at, value.type.lanes === 1 ? '' : ` + ${lane} * ${literal(value.step)}`);
      case 'register':
        return value.type.lanes === 1 ? registerNamed(value.name, 1) : `${registerNamed(value.name, value.type.lanes)}[${lane}]`;
      case 'broadcast':
        return valueCode(value.of, null);
      case 'lane':
        return valueCode(value.of, String(value.lane));
      case 'across': {
        const { dtype, lanes } = typeOf(value.of), { operator } = value;
        let left = Array.from({ length: lanes }, (_, i) => valueCode(value.of, String(i)));
        while (left.length > 1) {
          const half = left.length / 2, pairs = left.slice(0, half).map((first, i) => [first, left[half + i]!] as const);
          left = pairs.map(([a, b]) => binaryCode(operator, dtype, a, b, { call }));
        }
        return left[0]!;
      }
      case 'assemble':
        return value.lanes.reduceRight(
          (rest, part, i) => (rest === '' ? valueCode(part, null) : `(${lane} === ${i} ? ${valueCode(part, null)} : ${rest})`),
          '',
        );
      default:
        return operationCode(value, { dtypeOf: (part) => typeOf(part).dtype, code: (part) => valueCode(part, lane), index: indexCode, call });
    }
  };
  const rounded = (dtype: DType, code: string): string =>
    (dtype === 'f64' ? code : dtype === 'f32' ? `Math.fround(${code})` : call(`round ${dtype}`, () => (value: number) => roundTo(dtype, value), code));
  /** As it is stored: the arrays of most dtypes round by themselves. */
  const stored = (buffer: Buffer, code: string): string => (keptInDoubles(buffer.dtype) || buffer.dtype === 'bool' ? rounded(buffer.dtype, code) : code);

  // ---- statements ----
  /** Assigns lane by lane; where the value reads what an earlier lane has overwritten, all lanes are computed first. */
  const assignLanes = (lanes: number, target: (lane: string) => string, value: (lane: string) => string, overlaps: boolean): string => {
    const loop = (left: string, right: string): string => `for (let l = 0; l < ${lanes}; l++) ${left} = ${right};`;
    return overlaps ? `${loop('lanes[l]', value('l'))} ${loop(target('l'), 'lanes[l]')}` : loop(target('l'), value('l'));
  };
  const registerCode = (name: string, value: Expression, round: boolean): string => {
    const { dtype, lanes } = typeOf(value);
    const code = (lane: string | null): string => (round ? rounded(dtype, valueCode(value, lane)) : valueCode(value, lane));
    const register = registerNamed(name, lanes);
    return lanes === 1 ? `${register} = ${code(null)};` : assignLanes(lanes, (lane) => `${register}[${lane}]`, code, false);
  };
  const simple = (statement: SimpleStatement): string => {
    switch (statement.kind) {
      case 'declare': {
        slots.set(statement.buffer.name, memory.length);
        const slot = memory.push(statement.buffer) - 1;
        // the block has one of it, poisoned when the block begins
        return launched && statement.buffer.scope === 'shared' ? '' : `m${slot}.fill(NaN);`;
      }
      case 'barrier': return launched ? `yield ${statement.id};` : '';
      case 'store': {
        const value = stored(statement.buffer, valueCode(statement.value, null));
        return `${element(statement.buffer, null, statement.at, '', null, `stores ${simpleText(statement)}`)} = ${value};`;
      }
      case 'write': {
        const lanes = statement.first ?? typeOf(statement.value).lanes;
        const target = (lane: string): string => element(statement.buffer, statement.base, statement.at, lane, null, `stores ${simpleText(statement)}`);
        const value = (lane: string | null): string => stored(statement.buffer, valueCode(statement.value, lane));
        return typeOf(statement.value).lanes === 1 ? `${target('')} = ${value(null)};` : assignLanes(lanes, (lane) => target(` + ${lane}`), value, reads(statement.value, statement.buffer.name));
      }
      // a register stands for a stored value, so it is rounded like one; a `let` only names a part of an expression
      case 'let': return registerCode(statement.name, statement.value, false);
      case 'set': return registerCode(statement.name, statement.value, true);
      case 'address': return `${registerNamed(statement.name, 0)} = ${indexCode(statement.at)};`;
      default: return statement satisfies never;
    }
  };

  const block = (body: readonly Statement[]): string => {
    const outer = slots;
    slots = new Map(outer);
    const code = body.map(statementCode).join('\n');
    slots = outer;
    return code;
  };
  const statementCode = (statement: Statement): string => {
    switch (statement.kind) {
      case 'if': return `if (${guardCode(statement.when, indexCode)}) {\n${block(statement.body)}\n}`;
      case 'for': {
        const together = statement.as === 'vectorized' ? flatStores(statement.body) : null;
        return together ? together.map((store) => lanesTogether(statement, store)).join('\n') : loopCode(statement, () => block(statement.body));
      }
      default: return simple(statement);
    }
  };
  const loopCode = ({ variable, as }: For, body: () => string): string => {
    const name = `i${fresh++}`;
    const outer = variables;
    variables = new Map(outer).set(variable.name, { name, depth: frames.length });
    const frame: Frame = { definitions: [], known: new Map() };
    frames.push(frame);
    const code = body();
    frames.pop();
    variables = outer;
    const { first, last } = variable;
    if (isBound(as)) {
      const number = (as.bound === 'block' ? 0 : 3) + dimensions.indexOf(as.dimension);
      return `const ${name} = ${first} + hardware[${number}];\nif (${name} <= ${last}) {\n${[...frame.definitions, code].join('\n')}\n}`;
    }
    return `for (let ${name} = ${first}; ${name} <= ${last}; ${name}++) {\n${[...frame.definitions, code].join('\n')}\n}`;
  };
  /** One store of a vectorized loop over all lanes: every lane reads before any writes, but for a sum of lanes, which adds them one by one. */
  const lanesTogether = (loop: For, { when, store }: GuardedStore): string => {
    const guarded = (code: () => string): string => loopCode(loop, () => (when.length === 0 ? code() : `if (${guardCode(when, indexCode)}) { ${code()} }`));
    if (ownElementOnly(store, loop.variable) || combinesLanes(store, loop.variable)) return guarded(() => simple(store));
    const lane = (): string => `lanes[${variables.get(loop.variable.name)?.name ?? '0'} - ${loop.variable.first}]`;
    return [
      guarded(() => `${lane()} = ${stored(store.buffer, valueCode(store.value, null))};`),
      guarded(() => `${element(store.buffer, null, store.at, '', null, `stores ${simpleText(store)}`)} = ${lane()};`),
    ].join('\n');
  };

  const code = block(kernel.body);
  const lanes = Math.max(mostLanes(kernel.body), ...[...registers.values()].map((register) => register.lanes));
  const lines = [
    'const check = (i, limit, site) => { if (!(i >= 0 && i < limit)) fail(site, i, limit); return i; };',
    `const lanes = new Float64Array(${lanes});`,
    ...helpers.map((_, i) => `const f${i} = helpers[${i}];`),
    ...[...registers.values()].map((register) => (register.lanes > 1 ? `const ${register.name} = new Float64Array(${register.lanes}).fill(NaN);` : `let ${register.name} = NaN;`)),
    ...frames[0]!.definitions,
    code,
  ];
  const source = ["'use strict';", ...(launched ? ['return (function* () {', ...lines, '})();'] : lines)].join('\n');
  return { source, memory, helpers, sites };
};

interface GuardedStore { readonly when: Guard; readonly store: Store }
/** The stores of a body of stores and guards alone; null when it holds anything else, which then runs lane by lane. */
const flatStores = (body: readonly Statement[], when: Guard = []): readonly GuardedStore[] | null => {
  const stores: GuardedStore[] = [];
  for (const statement of body) {
    if (statement.kind === 'store') stores.push({ when, store: statement });
    else if (statement.kind === 'if') {
      const inner = flatStores(statement.body, [...when, ...statement.when]);
      if (!inner) return null;
      stores.push(...inner);
    } else return null;
  }
  return stores;
};

/** Whether every lane has an element of its own and reads no other of that buffer, so that lanes may run one by one. */
const ownElementOnly = ({ buffer, at, value }: Store, lane: LoopVariable): boolean => {
  let plainUses = 0;
  visitVariables(at, (v) => { if (v.name === lane.name) plainUses++; });
  return coefficientOf(at, lane.name) !== 0 && plainUses === 1 && !reads(value, buffer.name, at);
};

/** Whether all lanes combine their value with one element. */
const combinesLanes = ({ buffer, at, value }: Store, lane: LoopVariable): boolean => {
  let ofLane = false;
  visitVariables(at, (v) => { ofLane ||= v.name === lane.name; });
  return !ofLane && value.kind === 'binary' && isAcrossOperator(value.operator) && value.left.kind === 'load' && value.left.buffer.name === buffer.name &&
    sameIndex(value.left.at, at) && !reads(value.right, buffer.name);
};

/** Whether the value reads the buffer anywhere but at `except`, gathers included. */
const reads = (value: Expression, buffer: string, except?: Index): boolean => {
  const gathersIt = (index: Index): boolean => { let found = false; visitGathers(index, (gather) => { found ||= gather.buffer === buffer; }); return found; };
  switch (value.kind) {
    case 'index': return gathersIt(value.of);
    case 'load': return gathersIt(value.at) || (value.buffer.name === buffer && !(except && sameIndex(value.at, except)));
    case 'read': case 'gather': return value.buffer.name === buffer || gathersIt(value.at);
    default: return (value.kind === 'select' && value.when.some(gathersIt)) || partsOf(value).some((part) => reads(part, buffer, except));
  }
};

/** Lanes of the widest vectorized loop or value. */
const mostLanes = (body: readonly Statement[]): number => {
  let most = 1;
  visitStatements(body, (statement) => {
    const value = valueOf(statement);
    if (statement.kind === 'for' && statement.as === 'vectorized') most = Math.max(most, extentOf(statement.variable));
    if (value) most = Math.max(most, typeOf(value).lanes);
  });
  return most;
};
