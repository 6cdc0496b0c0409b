/**
 * Expanded programs as C: one exported function per kernel with the kernel ABI (`libs/runtime/native/loopsmith_kernel.h`),
 * and behind it a function whose parameters are the buffers, every pointer `restrict` so that a store outdates nothing
 * that gcc has loaded. Where a target writes assembly itself, a kernel that it has words for is that. Text only: it decides nothing,
 * and parses no header. gcc vector extensions, C11.
 */
import { bytesOf, extentOf, type Buffer, type Kernel, type Program } from '@loopsmith/ir';
import { code } from '@loopsmith/util';
import { bufferUses } from './buffer-uses.js';
import { memoryType } from './c-types.js';
import { gnuC } from './dialect.js';
import { createHelpers, type Helpers } from './helpers.js';
import { braced, createStatementPrinter, kernelSymbols } from './print-statements.js';
import { asmText } from './asm-text.js';
import { sharesOfNextPanels } from './next-panel.js';
import { readAhead } from './read-ahead.js';
import type { Place } from './kernel-request.js';
import type { Spellings } from './spellings.js';
import { turnsWrittenOut } from './written-out.js';

export interface PrintedKernels {
  readonly source: string;
  /** Exported functions, one per kernel, in order. */
  readonly symbols: readonly string[];
  /** Bytes of scratch one part needs: the largest need of any kernel. */
  readonly scratchBytes: number;
}

/**
 * Prints a program under names that start with `symbolBase`, a C identifier unique in its shared object. `aliased`: buffers that
 * share memory with another one, whose pointers are not `restrict`.
 */
export const printKernels = (program: Program, spellings: Spellings, symbolBase: string, aliased: ReadonlySet<string> = new Set()): PrintedKernels => {
  const helpers = createHelpers(spellings), symbols = kernelSymbols(program.kernels, symbolBase);
  const printed = program.kernels.map((kernel, i) => printKernel(kernel, program, helpers, spellings, symbols[i]!, aliased));
  return {
    source: `${[helpers.text(), ...printed.map(({ text }) => text)].filter((part) => part !== '').join('\n\n')}\n`,
    symbols,
    scratchBytes: Math.max(0, ...printed.map(({ scratchBytes }) => scratchBytes)),
  };
};

const cacheLine = 64;
const aligned = (bytes: number): number => Math.ceil(bytes / cacheLine) * cacheLine;

const printKernel = (
  kernel: Kernel,
  program: Program,
  helpers: Helpers,
  { unroll, ahead, assembly }: Spellings,
  symbol: string,
  aliased: ReadonlySet<string>,
): { text: string; scratchBytes: number } => {
  const uses = bufferUses(kernel.body);
  const buffers = new Map([...program.buffers, ...uses.declared].map((buffer) => [buffer.name, buffer]));
  const { identifiers, print, index } = createStatementPrinter(helpers, gnuC, buffers);
  // buffers first: the parameters keep their plain names whatever the loops are called
  const parameters = [...buffers.values()].filter((buffer) => uses.names.has(buffer.name));
  parameters.forEach((buffer) => identifiers.of('buffer', buffer.name));
  const writtenOut = unroll === undefined ? null : turnsWrittenOut(kernel.body);
  const shares = ahead === undefined ? null : sharesOfNextPanels(kernel.body, ahead);
  const { places, scratchBytes } = placesOf(parameters, program), serial = !kernel.body.some((s) => s.kind === 'for' && s.as === 'parallel');
  const written = assembly?.({
    kernel, symbol, serial, places: new Map(parameters.map(({ name }, i) => [name, places[i]!])), turns: (loop) => writtenOut?.get(loop) ?? 1,
    ahead: (loop) => (ahead === undefined ? [] : readAhead(loop, ahead)), shares: (loop) => shares?.get(loop) ?? [],
  });
  if (written) return { text: asmText(written), scratchBytes };
  const pointer = (buffer: Buffer): string => `${uses.written.has(buffer.name) ? '' : 'const '}${memoryType(buffer.dtype)} *`;

  const lines = print(kernel.body, {
    loop: (loop, body) => {
      const { as, variable } = loop, { first, last } = variable, name = identifiers.of('loop', variable.name);
      if (typeof as !== 'string') throw new Error(`${variable.name} is bound to hardware; C for CPUs has no such index`);
      if (as === 'parallel') {
        if (!kernel.body.includes(loop)) throw new Error(`parallel loop ${variable.name} is not outermost in kernel ${kernel.name}`);
        return braced(partOfLoop(name, first, extentOf(variable)), body());
      }
      const turns = writtenOut?.get(loop), turn = body();
      const hints = ahead === undefined ? [] : readAhead(loop, ahead).map(({ address, elements }) => `__builtin_prefetch(${identifiers.of('value', address)} + ${elements});`);
      const ofNextPanel = (shares?.get(loop) ?? []).map(({ buffer, at }) => `__builtin_prefetch((const char *)${identifiers.of('buffer', buffer.name)} + ${index(at)}, 0, 2);`);
      const lines = braced(`for (long ${name} = ${first}; ${name} <= ${last}; ${name}++)`, [...turn, ...hints, ...ofNextPanel]);
      return turns === undefined ? lines : [`#pragma ${unroll!} ${turns}`, ...lines];
    },
    declare: ({ name, scope }) => {
      if (scope !== 'scratch') throw new Error(`${name} is declared in ${scope}; C for CPUs has scratch only, and expand names registers`);
      return [];
    },
    barrier: () => { throw new Error('a barrier inside a kernel; on CPUs a team meets between kernels only'); },
    pointer: ({ buffer }) => pointer(buffer),
  });
  const types = parameters.map((buffer) => `${pointer(buffer)}${aliased.has(buffer.name) ? '' : 'restrict '}${identifiers.of('buffer', buffer.name)}`);
  const text = code`
    static __attribute__((noinline)) void ${symbol}_body(${[...types, 'long part', 'long parts'].join(', ')}) {
      ${lines}
    }
    __attribute__((visibility("default"))) void ${symbol}(void *const *buffers, void *scratch, int part, int parts) {
      ${serial ? ['if (part != 0) return;'] : []}
      ${symbol}_body(${[...places.map(placeText), 'part', 'parts'].join(', ')});
    }`;
  return { text, scratchBytes };
};

/** The head of a parallel loop: the turns that are one part's. Products of parts and turns need more than the 32 bits that long has on Arm of 32. */
const partOfLoop = (name: string, first: number, extent: number): string => {
  const from = first === 0 ? '' : `${first} + `;
  return `for (long ${name} = ${from}part * ${extent}ll / parts, ${name}_end = ${from}(part + 1) * ${extent}ll / parts; ${name} < ${name}_end; ${name}++)`;
};

const placeText = (place: Place): string => ('pointer' in place ? `buffers[${place.pointer}]` : `(void *)((char *)scratch + ${place.scratch})`);

/** Where the exported function has the buffers of a kernel: those of the program from the caller, declared ones one after another in scratch. */
const placesOf = (buffers: readonly Buffer[], program: Program): { readonly places: readonly Place[]; readonly scratchBytes: number } => {
  let scratchBytes = 0;
  const places = buffers.map((buffer): Place => {
    const position = program.buffers.indexOf(buffer);
    if (position >= 0) return { pointer: position };
    const at = scratchBytes;
    scratchBytes = aligned(at + (buffer.size + buffer.slack) * bytesOf[buffer.dtype]);
    return { scratch: at };
  });
  return { places, scratchBytes };
};
