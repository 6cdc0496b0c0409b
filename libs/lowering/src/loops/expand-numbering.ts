/**
 * Value numbering of a straight-line block: a load, a broadcast or an address that was named before is used again by its
 * name. Names made under an `if` end with it, a loop head forgets everything, a store outdates what was read from its buffer.
 * It reorders nothing and knows nothing of registers or vectors.
 */
import { expressionText, typeOf, visitExpressions, visitGathers, type Expression, type Index, type Statement } from '@loopsmith/ir';

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
  /** A text that is equal for two expanded expressions that have the same value now: theirs, and how often what they read has changed. */
  keyOf(value: Expression): string;
}

export const createNumbering = (taken: ReadonlySet<string>): Numbering & { readonly finish: () => readonly Statement[] } => {
  const root: Block = { statements: [], known: new Map(), outer: null };
  let block = root;
  let epoch = 0;
  const versions = new Map<string, number>();
  const counters = new Map<string, number>();

  const within = (inner: Block, work: () => void): readonly Statement[] => {
    const before = block;
    block = inner;
    work();
    block = before;
    return inner.statements;
  };

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
    keyOf: (value) => {
      const names = new Set<string>(), ofIndex = (index: Index): void => visitGathers(index, ({ buffer }) => names.add(buffer));
      visitExpressions(value, (part) => {
        switch (part.kind) {
          case 'register': names.add(part.name); break;
          case 'load': case 'read': case 'gather': names.add(part.buffer.name); ofIndex(part.at); break;
          case 'index': ofIndex(part.of); break;
          case 'select': part.when.forEach(ofIndex); break;
          default:
        }
      });
      let key = expressionText(value);
      for (const name of names) key += ` ${name}@${numbering.version(name)}`;
      return key;
    },
    finish: () => root.statements,
  };
  return numbering;
};
