/**
 * Value numbering of a straight-line block: a load, a broadcast or an address that was named before is used again by its
 * name. Names made under an `if` end with it, a loop head forgets everything, a store outdates what was read from its buffer.
 * It reorders nothing and knows nothing of registers or vectors.
 */
import { atomText, gathers, numberText, typeOf, visitGathers, type Expression, type Index, type Statement } from '@loopsmith/ir';

interface Block { readonly statements: Statement[]; readonly known: Map<string, string>; readonly outer: Block | null }

export interface Numbering {
  emit(statement: Statement): void;
  /** Statements made by `work`, in a block that sees the names of the present one. */
  under(work: () => void): readonly Statement[];
  /** Statements made by `work`, in a block that knows nothing: the body of a loop. */
  inside(work: () => void): readonly Statement[];
  find(key: string): string | undefined;
  remember(key: string, name: string): void;
  /** A name nobody has: `t1`, `t2`, ... */
  fresh(prefix: string): string;
  /** The register that holds `value`: one that is known under `key`, or a new one, named here. */
  name(key: string, prefix: string, value: Expression): Expression;
  /** Whether the block being filled declares this buffer already (an unrolled loop declares it once per copy). */
  declaresHere(buffer: string): boolean;
  /** Everything known of the contents of this buffer or register is outdated. */
  changed(name: string): void;
  /** Everything known of any memory is outdated: a barrier. */
  changedAll(): void;
  /** Grows with every change; part of the keys of values read from `name`. */
  version(name: string): string;
  /** The terms of an index without its constant, with versions of what it gathers from. */
  termsKey(index: Index): string;
  /** A text that is equal for two expanded expressions that have the same value now. */
  keyOf(value: Expression): string;
}

export const createNumbering = (taken: ReadonlySet<string>): Numbering & { readonly finish: () => readonly Statement[] } => {
  const root: Block = { statements: [], known: new Map(), outer: null };
  let block = root;
  let epoch = 0;
  const versions = new Map<string, number>();
  const counters = new Map<string, number>();
  const termsKeys = new WeakMap<Index, string>();

  const within = (inner: Block, work: () => void): readonly Statement[] => {
    const before = block;
    block = inner;
    work();
    block = before;
    return inner.statements;
  };

  const indexKey = (index: Index): string => `${numbering.termsKey(index)}${index.constant}`;

  const numbering: Numbering & { readonly finish: () => readonly Statement[] } = {
    emit: (statement) => { block.statements.push(statement); },
    under: (work) => within({ statements: [], known: new Map(), outer: block }, work),
    inside: (work) => within({ statements: [], known: new Map(), outer: null }, work),
    find: (key) => {
      for (let b: Block | null = block; b !== null; b = b.outer) {
        const name = b.known.get(key);
        if (name !== undefined) return name;
      }
      return undefined;
    },
    remember: (key, name) => { block.known.set(key, name); },
    fresh: (prefix) => {
      let name: string;
      do {
        const next = (counters.get(prefix) ?? 0) + 1;
        counters.set(prefix, next);
        name = `${prefix}${next}`;
      } while (taken.has(name));
      return name;
    },
    name: (key, prefix, value) => {
      let name = numbering.find(key);
      if (name === undefined) {
        name = numbering.fresh(prefix);
        numbering.emit({ kind: 'let', name, value });
        numbering.remember(key, name);
      }
      return { kind: 'register', name, type: typeOf(value) };
    },
    declaresHere: (buffer) => block.statements.some((s) => s.kind === 'declare' && s.buffer.name === buffer),
    changed: (name) => { versions.set(name, (versions.get(name) ?? 0) + 1); },
    changedAll: () => { epoch++; },
    version: (name) => `${epoch}.${versions.get(name) ?? 0}`,
    termsKey: (index) => {
      let key = termsKeys.get(index);
      if (key !== undefined) return key;
      key = '';
      for (const { coefficient, atom } of index.terms) key += `${coefficient}*${atomText(atom)}+`;
      if (!gathers(index)) termsKeys.set(index, key);
      else visitGathers(index, ({ buffer }) => { key += `#${numbering.version(buffer)}`; });
      return key;
    },
    keyOf: (value) => {
      switch (value.kind) {
        case 'constant':
          return `${value.dtype}:${numberText(value.value)}`;
        case 'index':
          return `index ${value.dtype} ${indexKey(value.of)}`;
        case 'register':
          return `${value.name}@${numbering.version(value.name)}`;
        case 'read':
        case 'gather': {
          const step = value.kind === 'gather' ? value.step : 1;
          return `${value.buffer.name}@${numbering.version(value.buffer.name)} ${value.base ?? ''}[${indexKey(value.at)}] x${value.type.lanes} by ${step}${value.kind === 'read' && value.first !== undefined ? ` first ${value.first}` : ''}`;
        }
        case 'load':
          return `${value.buffer.name}@${numbering.version(value.buffer.name)}[${indexKey(value.at)}]`;
        case 'binary':
          return `${value.operator}(${numbering.keyOf(value.left)}, ${numbering.keyOf(value.right)})`;
        case 'unary':
          return `${value.operator}(${numbering.keyOf(value.of)})`;
        case 'cast':
          return `${value.dtype}(${numbering.keyOf(value.of)})`;
        case 'broadcast':
          return `${value.lanes}x(${numbering.keyOf(value.of)})`;
        case 'lane':
          return `${numbering.keyOf(value.of)}.${value.lane}`;
        case 'across':
          return `across ${value.operator}(${numbering.keyOf(value.of)})`;
        case 'assemble':
          return `{${value.lanes.map(numbering.keyOf).join(', ')}}`;
        case 'select':
          return `select(${value.when.map(indexKey).join('&')}; ${numbering.keyOf(value.then)}; ${numbering.keyOf(value.otherwise)})`;
        case 'choose':
          return `choose(${numbering.keyOf(value.left)} ${value.compare} ${numbering.keyOf(value.right)}; ${numbering.keyOf(value.then)}; ${numbering.keyOf(value.otherwise)})`;
        default:
          return value satisfies never;
      }
    },
    finish: () => root.statements,
  };
  return numbering;
};
