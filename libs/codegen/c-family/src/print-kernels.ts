/**
 * Expanded programs as C: one exported function per kernel with the kernel ABI (`libs/runtime/native/loopsmith_kernel.h`),
 * and behind it a function whose parameters are the buffers, every pointer `restrict` so that a store outdates nothing
 * that gcc has loaded. Text only: it decides nothing, and parses no header. gcc vector extensions, C11.
 */
import { bytesOf, extentOf, typeOf, type Buffer, type Kernel, type Program, type Statement } from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import { bufferUses } from './buffer-uses.js';
import { memoryType } from './c-types.js';
import { gnuC } from './dialect.js';
import { createHelpers, type Helpers } from './helpers.js';
import { createIdentifiers } from './identifiers.js';
import { createExpressionPrinter } from './print-expression.js';
import { registerScopes } from './register-scopes.js';
import type { Spellings } from './spellings.js';
import { turnsWrittenOut } from './written-out.js';

export interface PrintOptions {
  /** Buffers that share memory with another one: their pointers are not `restrict`. */
  readonly aliased?: ReadonlySet<string>;
}
export interface PrintedKernels {
  readonly source: string;
  /** Exported functions, one per kernel, in order. */
  readonly symbols: readonly string[];
  /** Bytes of scratch one part needs: the largest need of any kernel. */
  readonly scratchBytes: number;
}

/** Prints a program under names that start with `symbolBase`, a C identifier unique in its shared object. */
export const printKernels = (program: Program, spellings: Spellings, symbolBase: string, options: PrintOptions = {}): PrintedKernels => {
  const helpers = createHelpers(spellings);
  const printed = program.kernels.map((kernel, i) => printKernel(kernel, program, helpers, spellings, program.kernels.length === 1 ? symbolBase : `${symbolBase}_${i}`, options));
  return {
    source: `${[helpers.text(), ...printed.map(({ text }) => text)].filter((part) => part !== '').join('\n\n')}\n`,
    symbols: printed.map(({ symbol }) => symbol),
    scratchBytes: Math.max(0, ...printed.map(({ scratchBytes }) => scratchBytes)),
  };
};

/** A head with its indented body; plain lines, because the code template would indent a deep kernel once per level. */
const braced = (head: string, body: readonly string[]): readonly string[] => [`${head} {`, ...body.map((line) => `  ${line}`), '}'];

const cacheLine = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / cacheLine) * cacheLine;

const printKernel = (
  kernel: Kernel,
  program: Program,
  helpers: Helpers,
  { unroll }: Spellings,
  symbol: string,
  options: PrintOptions,
): { text: string; symbol: string; scratchBytes: number } => {
  const uses = bufferUses(kernel.body);
  const buffers = new Map([...program.buffers, ...uses.scratch.values()].map((buffer) => [buffer.name, buffer]));
  const identifiers = createIdentifiers(gnuC.reserved);
  // buffers first: the parameters keep their plain names whatever the loops are called
  const parameters = [...buffers.values()].filter((buffer) => uses.names.has(buffer.name));
  parameters.forEach((buffer) => identifiers.of('buffer', buffer.name));
  const printer = createExpressionPrinter(identifiers, helpers, buffers);
  const scopes = registerScopes(kernel.body);
  const writtenOut = unroll === undefined ? null : turnsWrittenOut(kernel.body);
  const declared = new Set<string>();
  const parallel = kernel.body.some((s) => s.kind === 'for' && s.as === 'parallel');

  const access = (buffer: Buffer): string => (uses.written.has(buffer.name) ? '' : 'const ');

  const block = (body: readonly Statement[]): readonly string[] => {
    const lines: string[] = [];
    for (const [name, scope] of scopes) {
      if (scope.body !== body || scope.direct) continue;
      declared.add(name);
      lines.push(`${helpers.type(scope.type)} ${identifiers.of('value', name)};`);
    }
    for (const statement of body) lines.push(...print(statement));
    return lines;
  };

  const print = (s: Statement): readonly string[] => {
    switch (s.kind) {
      case 'for': {
        if (typeof s.as !== 'string') throw new Error(`${s.variable.name} is bound to hardware; C for CPUs has no such index`);
        if (s.as === 'unrolled' || s.as === 'vectorized') throw new Error(`the printer takes expanded programs; ${s.variable.name} is still ${s.as}`);
        const name = identifiers.of('loop', s.variable.name),
          { first, last } = s.variable,
          extent = extentOf(s.variable);
        if (s.as === 'parallel') {
          if (!kernel.body.includes(s)) throw new Error(`parallel loop ${s.variable.name} is not outermost in kernel ${kernel.name}`);
          const from = first === 0 ? '' : `${first} + `;
          return braced(
            `for (long ${name} = ${from}part * ${extent} / parts, ${name}_end = ${from}(part + 1) * ${extent} / parts; ${name} < ${name}_end; ${name}++)`,
            block(s.body),
          );
        }
        const turns = writtenOut?.get(s),
          loop = braced(`for (long ${name} = ${first}; ${name} <= ${last}; ${name}++)`, block(s.body));
        return turns === undefined ? loop : [`#pragma ${unroll!} ${turns}`, ...loop];
      }
      case 'if':
        return braced(`if (${printer.guard(s.when)})`, block(s.body));
      case 'declare':
        if (s.buffer.scope !== 'scratch')
          throw new Error(`${s.buffer.name} is declared in ${s.buffer.scope}; C for CPUs has scratch only, and expand names registers`);
        return [];
      case 'let': {
        const text = printer.expression(s.value);
        return [`const ${helpers.type(typeOf(s.value))} ${identifiers.of('value', s.name)} = ${text};`];
      }
      case 'set': {
        const name = identifiers.of('value', s.name),
          known = declared.has(s.name);
        declared.add(s.name);
        return [`${known ? '' : `${helpers.type(scopes.get(s.name)!.type)} `}${name} = ${printer.expression(s.value)};`];
      }
      case 'address':
        return [
          `${access(s.buffer)}${memoryType(s.buffer.dtype)} *const ${identifiers.of('value', s.name)} = ${identifiers.of('buffer', s.buffer.name)} + ${printer.index(s.at)};`,
        ];
      case 'write':
        return [printer.write(s.buffer, s.base, s.at, s.value)];
      case 'barrier':
        throw new Error('a barrier inside a kernel; on CPUs a team meets between kernels only');
      case 'store':
        throw new Error(`the printer takes expanded programs; this one still stores to ${s.buffer.name}`);
      default:
        return s satisfies never;
    }
  };

  const lines = block(kernel.body);
  const types = parameters.map(
    (buffer) =>
      `${access(buffer)}${memoryType(buffer.dtype)} *${options.aliased?.has(buffer.name) ? '' : 'restrict '}${identifiers.of('buffer', buffer.name)}`,
  );
  let scratchBytes = 0;
  const handed = parameters.map((buffer) => {
    const position = program.buffers.indexOf(buffer);
    if (position >= 0) return `buffers[${position}]`;
    const at = scratchBytes;
    scratchBytes = aligned(at + (buffer.size + buffer.slack) * bytesOf[buffer.dtype]);
    return `(void *)((char *)scratch + ${at})`;
  });
  const text = code`
    static __attribute__((noinline)) void ${symbol}_body(${[...types, 'long part', 'long parts'].join(', ')}) {
      ${lines}
    }
    __attribute__((visibility("default"))) void ${symbol}(void *const *buffers, void *scratch, int part, int parts) {
      ${parallel ? [] : ['if (part != 0) return;']}
      ${symbol}_body(${[...handed, 'part', 'parts'].join(', ')});
    }`;
  return { text, symbol, scratchBytes };
};
