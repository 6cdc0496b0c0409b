/**
 * The statements of an expanded kernel as lines of a C-like language: guards, registers, addresses and stores, which are written
 * alike everywhere. Loops, memory and barriers are each printer's own. It decides nothing about order.
 */
import { typeOf, valueOf, visitExpressions, type Buffer, type Index, type Statement, type Type } from '@loopsmith/ir';
import type { Dialect } from './dialect.js';
import type { Helpers } from './helpers.js';
import { createIdentifiers, type Identifiers } from './identifiers.js';
import { createExpressionPrinter, type Alignment } from './print-expression.js';

type Body = readonly Statement[];
type Of<Kind extends Statement['kind']> = Extract<Statement, { readonly kind: Kind }>;
type Lines = readonly string[];

export interface OwnStatements {
  /** `body` prints what is in the loop, once its head is known; `alone`: nothing stands beside it. */
  loop(loop: Of<'for'>, body: () => Lines, alone: boolean): Lines;
  declare(buffer: Buffer): Lines;
  barrier(): Lines;
  /** Asked once per named address: the type of the pointer, with its star. */
  pointer(address: Of<'address'>): string;
}

export interface StatementPrinter {
  readonly identifiers: Identifiers;
  print(kernel: Body, own: OwnStatements): Lines;
  index(at: Index): string;
}

/** `buffers`: all that the kernel names; `alignedAt` may be left out where no load or store depends on it. */
export const createStatementPrinter = (helpers: Helpers, dialect: Dialect, buffers: ReadonlyMap<string, Buffer>, alignedAt?: Alignment): StatementPrinter => {
  const identifiers = createIdentifiers(dialect.reserved), printer = createExpressionPrinter(identifiers, helpers, buffers, dialect, alignedAt);
  const print = (kernel: Body, own: OwnStatements): Lines => {
    const scopes = registerScopes(kernel), declared = new Set<string>();
    const block = (body: Body): Lines => {
      const lines: string[] = [];
      for (const [name, scope] of scopes) {
        if (scope.body !== body || scope.direct) continue;
        declared.add(name);
        lines.push(`${helpers.type(scope.type)} ${identifiers.of('value', name)};`);
      }
      for (const statement of body) lines.push(...linesOf(statement, body.length === 1));
      return lines;
    };
    const linesOf = (s: Statement, alone: boolean): Lines => {
      switch (s.kind) {
        case 'for':
          if (s.as === 'unrolled' || s.as === 'vectorized') throw new Error(`the printer takes expanded programs; ${s.variable.name} is still ${s.as}`);
          return own.loop(s, () => block(s.body), alone);
        case 'if': return braced(`if (${printer.guard(s.when)})`, block(s.body));
        case 'declare': return own.declare(s.buffer);
        case 'barrier': return own.barrier();
        case 'let': {
          const text = printer.expression(s.value);
          return [`const ${helpers.type(typeOf(s.value))} ${identifiers.of('value', s.name)} = ${text};`];
        }
        case 'set': {
          const name = identifiers.of('value', s.name), known = declared.has(s.name);
          declared.add(s.name);
          return [`${known ? '' : `${helpers.type(scopes.get(s.name)!.type)} `}${name} = ${printer.expression(s.value)};`];
        }
        case 'address': return [`${own.pointer(s)}const ${identifiers.of('value', s.name)} = ${identifiers.of('buffer', s.buffer.name)} + ${printer.index(s.at)};`];
        case 'write': return [printer.write(s, s.value)];
        case 'store': throw new Error(`the printer takes expanded programs; this one still stores to ${s.buffer.name}`);
        default: return s satisfies never;
      }
    };
    return block(kernel);
  };
  return { identifiers, print, index: (at) => printer.index(at) };
};

/** A head with its indented body; plain lines, because the code template would indent a deep kernel once per level. */
export const braced = (head: string, body: Lines): Lines => [head === '' ? '{' : `${head} {`, ...body.map((line) => `  ${line}`), '}'];

/** Names of the functions of a program's kernels, which start with a base. */
export const kernelSymbols = (kernels: readonly unknown[], base: string): readonly string[] => kernels.map((_, i) => (kernels.length === 1 ? base : `${base}_${i}`));

interface RegisterScope {
  readonly type: Type;
  /** The body that declares it: the innermost one that holds all its uses. */
  readonly body: Body;
  /** Whether its first assignment stands in that body itself, so that it can be declared there. */
  readonly direct: boolean;
}

/** By name, in the order of their first assignments. */
const registerScopes = (kernel: Body): ReadonlyMap<string, RegisterScope> => {
  const found = new Map<string, { readonly type: Type; readonly first: Body; path: readonly Body[] }>();
  const narrow = (name: string, path: readonly Body[]): void => {
    const known = found.get(name);
    if (known === undefined) return;
    let shared = 0;
    while (shared < known.path.length && known.path[shared] === path[shared]) shared++;
    known.path = known.path.slice(0, shared);
  };
  const walk = (body: Body, outer: readonly Body[]): void => {
    const path = [...outer, body];
    for (const statement of body) {
      if (statement.kind === 'for' || statement.kind === 'if') { walk(statement.body, path); continue; }
      const value = valueOf(statement);
      if (value) visitExpressions(value, (e) => { if (e.kind === 'register') narrow(e.name, path); });
      if (statement.kind !== 'set') continue;
      if (found.has(statement.name)) narrow(statement.name, path);
      else found.set(statement.name, { type: typeOf(statement.value), first: body, path });
    }
  };
  walk(kernel, []);
  return new Map([...found].map(([name, { type, first, path }]) => [name, { type, body: path.at(-1)!, direct: path.at(-1) === first }]));
};
