/**
 * Expanded programs as text for GPUs: one kernel function per kernel, its buffers handed over in the order of the program. A
 * loop that is bound to hardware is printed as the number of its block or thread. Text only, through the printers of
 * `c-family` and a table of words: it decides nothing and knows no driver.
 */
import { bufferUses, createExpressionPrinter, createHelpers, createIdentifiers, registerScopes, type Spellings } from '@loopsmith/codegen-c-family';
import { bytesOf, extentOf, isBound, launchExtent, typeOf, zero, type Buffer, type Index, type Kernel, type Launch, type Program, type Statement } from '@loopsmith/ir';
import { isMultiple } from './wide.js';
import { mostTogether, type GpuDialect } from './dialect.js';

export interface PrintedGpuKernels {
  readonly source: string;
  /** Kernel functions, in order; the caller launches one after the other. */
  readonly symbols: readonly string[];
  readonly launches: readonly Launch[];
}

/** Prints a program under names that start with `symbolBase`. `aliased`: buffers that share memory with another one. */
export const printGpuKernels = (program: Program, dialect: GpuDialect, spellings: Spellings, symbolBase: string, aliased: ReadonlySet<string> = new Set()): PrintedGpuKernels => {
  const helpers = createHelpers(spellings, dialect);
  const symbols = program.kernels.map((_, i) => (program.kernels.length === 1 ? symbolBase : `${symbolBase}_${i}`));
  const texts = program.kernels.map((kernel, i) => printKernel(kernel, program, dialect, helpers, symbols[i]!, aliased));
  const text = `${[helpers.text(), ...texts].filter((part) => part !== '').join('\n\n')}\n`;
  return { source: dialect.preamble(text) + text, symbols, launches: program.kernels.map(launchOf) };
};

const launchOf = (kernel: Kernel): Launch => {
  if (kernel.launch === null) throw new Error(`kernel ${kernel.name} has no launch; launchKernels gives one`);
  return kernel.launch;
};

const braced = (head: string, body: readonly string[]): readonly string[] => [head === '' ? '{' : `${head} {`, ...body.map((line) => `  ${line}`), '}'];

const printKernel = (kernel: Kernel, program: Program, dialect: GpuDialect, helpers: ReturnType<typeof createHelpers>, symbol: string, aliased: ReadonlySet<string>): string => {
  const launch = launchOf(kernel), uses = bufferUses(kernel.body);
  const identifiers = createIdentifiers(dialect.reserved);
  program.buffers.forEach((buffer) => identifiers.of('buffer', buffer.name));
  const declared = declaredBuffers(kernel.body);
  const buffers = new Map([...program.buffers, ...declared].map((buffer) => [buffer.name, buffer]));
  const addresses = new Map<string, Index>();
  const printer = createExpressionPrinter(identifiers, helpers, buffers, dialect, (buffer, base, at, lanes) => {
    // a thread's own memory starts anywhere
    if ((buffer.scope !== 'global' && buffer.scope !== 'shared') || lanes * bytesOf[buffer.dtype] > mostTogether) return false;
    const start = base === null ? zero : addresses.get(base);
    return start !== undefined && isMultiple(start, lanes) && isMultiple(at, lanes);
  });
  const scopes = registerScopes(kernel.body);
  const known = new Set<string>();

  const block = (body: readonly Statement[]): readonly string[] => {
    const lines: string[] = [];
    for (const [name, scope] of scopes) {
      if (scope.body !== body || scope.direct) continue;
      known.add(name);
      lines.push(`${helpers.type(scope.type)} ${identifiers.of('value', name)};`);
    }
    for (const statement of body) lines.push(...print(statement, body.length === 1));
    return lines;
  };

  const print = (s: Statement, alone: boolean): readonly string[] => {
    switch (s.kind) {
      case 'for': {
        if (s.as === 'unrolled' || s.as === 'vectorized') throw new Error(`the printer takes expanded programs; ${s.variable.name} is still ${s.as}`);
        if (s.as === 'parallel') throw new Error(`${s.variable.name} is parallel; on a GPU loops are bound to blocks and threads`);
        const name = identifiers.of('loop', s.variable.name), { first, last } = s.variable;
        if (!isBound(s.as)) return braced(`for (${dialect.index} ${name} = ${first}; ${name} <= ${last}; ${name}++)`, block(s.body));
        const number = `const ${dialect.index} ${name} = ${first === 0 ? '' : `${first} + `}${dialect.hardwareIndex(s.as)};`;
        const body = block(s.body);
        const lines = [number, ...(extentOf(s.variable) < launchExtent(launch, s.as) ? braced(`if (${name} <= ${last})`, body) : body)];
        return alone ? lines : braced('', lines);
      }
      case 'if': return braced(`if (${printer.guard(s.when)})`, block(s.body));
      case 'declare':
        // a block's memory is declared at the head of its kernel
        if (s.buffer.scope === 'shared') return [];
        return [`${dialect.element(s.buffer.dtype)} ${identifiers.of('buffer', s.buffer.name)}[${s.buffer.size + s.buffer.slack}];`];
      case 'let': {
        const text = printer.expression(s.value);
        return [`const ${helpers.type(typeOf(s.value))} ${identifiers.of('value', s.name)} = ${text};`];
      }
      case 'set': {
        const name = identifiers.of('value', s.name), before = known.has(s.name);
        known.add(s.name);
        return [`${before ? '' : `${helpers.type(scopes.get(s.name)!.type)} `}${name} = ${printer.expression(s.value)};`];
      }
      case 'address': {
        addresses.set(s.name, s.at);
        const type = s.buffer.scope === 'global' || s.buffer.scope === 'shared'
          ? dialect.pointer(s.buffer.dtype, s.buffer.scope, s.buffer.scope === 'shared' || uses.written.has(s.buffer.name)) : `${dialect.element(s.buffer.dtype)} *`;
        return [`${type}const ${identifiers.of('value', s.name)} = ${identifiers.of('buffer', s.buffer.name)} + ${printer.index(s.at)};`];
      }
      case 'write': return [printer.write(s.buffer, s.base, s.at, s.value)];
      case 'barrier':
        if (s.over !== 'block') throw new Error(`kernel ${kernel.name} waits for a team; on a GPU that is another launch`);
        return [dialect.barrier];
      case 'store': throw new Error(`the printer takes expanded programs; this one still stores to ${s.buffer.name}`);
      default: return s satisfies never;
    }
  };

  const handed = program.buffers.map((buffer) =>
    dialect.buffer(identifiers.of('buffer', buffer.name), buffer.dtype, {
      written: uses.written.has(buffer.name),
      aliased: aliased.has(buffer.name),
    }),
  );
  const shared = declared.filter(({ scope }) => scope === 'shared').map(({ dtype, name, size, slack }) => dialect.shared(dtype, identifiers.of('buffer', name), size + slack));
  const used = new Set(program.buffers.flatMap(({ name }, i) => (uses.names.has(name) ? [i] : [])));
  const lines = [...handed.flatMap((each, i) => (used.has(i) ? each.lines : [])), ...shared, ...block(kernel.body)];
  return braced(dialect.kernel(symbol, launch, handed.flatMap(({ parameters }) => parameters)), lines).join('\n');
};

/** Buffers that the kernel declares, once each: an unrolled loop declares its own once per copy. */
const declaredBuffers = (body: readonly Statement[]): readonly Buffer[] => {
  const found = new Map<string, Buffer>();
  const walk = (statement: Statement): void => {
    if (statement.kind === 'declare') found.set(statement.buffer.name, statement.buffer);
    if (statement.kind === 'for' || statement.kind === 'if') statement.body.forEach(walk);
  };
  body.forEach(walk);
  return [...found.values()];
};
