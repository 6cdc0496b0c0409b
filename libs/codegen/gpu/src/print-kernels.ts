/**
 * Expanded programs as text for GPUs: one kernel function per kernel, its buffers handed over in the order of the program. A
 * loop that is bound to hardware is printed as the number of its block or thread. Text only, through the printers of
 * `c-family` and a table of words: it decides nothing and knows no driver.
 */
import { braced, bufferUses, createHelpers, createStatementPrinter, kernelSymbols, type Spellings } from '@loopsmith/codegen-c-family';
import { bytesOf, extentOf, isBound, launchExtent, zero, type Buffer, type Index, type Kernel, type Launch, type Program } from '@loopsmith/ir';
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
  const helpers = createHelpers(spellings, dialect), symbols = kernelSymbols(program.kernels, symbolBase);
  const texts = program.kernels.map((kernel, i) => printKernel(kernel, program, dialect, helpers, symbols[i]!, aliased));
  const text = `${[helpers.text(), ...texts].filter((part) => part !== '').join('\n\n')}\n`;
  return { source: dialect.preamble(text) + text, symbols, launches: program.kernels.map(launchOf) };
};

const launchOf = (kernel: Kernel): Launch => {
  if (kernel.launch === null) throw new Error(`kernel ${kernel.name} has no launch; launchKernels gives one`);
  return kernel.launch;
};

const isCommon = (scope: Buffer['scope']): scope is 'global' | 'shared' => scope === 'global' || scope === 'shared';

const printKernel = (kernel: Kernel, program: Program, dialect: GpuDialect, helpers: ReturnType<typeof createHelpers>, symbol: string, aliased: ReadonlySet<string>): string => {
  const launch = launchOf(kernel), uses = bufferUses(kernel.body);
  const buffers = new Map([...program.buffers, ...uses.declared].map((buffer) => [buffer.name, buffer]));
  const addresses = new Map<string, Index>();
  const { identifiers, print } = createStatementPrinter(helpers, dialect, buffers, (buffer, base, at, lanes) => {
    // a thread's own memory starts anywhere
    if (!isCommon(buffer.scope) || lanes * bytesOf[buffer.dtype] > mostTogether) return false;
    const start = base === null ? zero : addresses.get(base);
    return start !== undefined && isMultiple(start, lanes) && isMultiple(at, lanes);
  });
  program.buffers.forEach((buffer) => identifiers.of('buffer', buffer.name));

  const handed = program.buffers.map((buffer) =>
    dialect.buffer(identifiers.of('buffer', buffer.name), buffer.dtype, {
      written: uses.written.has(buffer.name),
      aliased: aliased.has(buffer.name),
    }),
  );
  const shared = uses.declared.filter(({ scope }) => scope === 'shared').map(({ dtype, name, size, slack }) => dialect.shared(dtype, identifiers.of('buffer', name), size + slack));
  const body = print(kernel.body, {
    loop: ({ variable, as }, inside, alone) => {
      if (as === 'parallel') throw new Error(`${variable.name} is parallel; on a GPU loops are bound to blocks and threads`);
      const name = identifiers.of('loop', variable.name), { first, last } = variable;
      if (!isBound(as)) return braced(`for (${dialect.index} ${name} = ${first}; ${name} <= ${last}; ${name}++)`, inside());
      const number = `const ${dialect.index} ${name} = ${first === 0 ? '' : `${first} + `}${dialect.hardwareIndex(as)};`;
      const lines = [number, ...(extentOf(variable) < launchExtent(launch, as) ? braced(`if (${name} <= ${last})`, inside()) : inside())];
      return alone ? lines : braced('', lines);
    },
    // a block's memory is declared at the head of its kernel
    declare: ({ scope, dtype, name, size, slack }) => (scope === 'shared' ? [] : [`${dialect.element(dtype)} ${identifiers.of('buffer', name)}[${size + slack}];`]),
    barrier: () => [dialect.barrier],
    pointer: ({ name, buffer: { name: of, dtype, scope }, at }) => {
      addresses.set(name, at);
      return isCommon(scope) ? dialect.pointer(dtype, scope, scope === 'shared' || uses.written.has(of)) : `${dialect.element(dtype)} *`;
    },
  });
  const used = new Set(program.buffers.flatMap(({ name }, i) => (uses.names.has(name) ? [i] : [])));
  const lines = [...handed.flatMap((each, i) => (used.has(i) ? each.lines : [])), ...shared, ...body];
  return braced(dialect.kernel(symbol, launch, handed.flatMap(({ parameters }) => parameters)), lines).join('\n');
};
