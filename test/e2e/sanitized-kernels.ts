/**
 * Random legal schedules as C, run under gcc's address and undefined-behaviour sanitizers, every part by itself and the last
 * one first: what reads or writes outside a buffer, overflows, or needs the parts in their order shows. Judges no times.
 */
import { printKernels, gccAvx2, gccFlags, portable, x86IsaFlags, type Spellings } from '@loopsmith/codegen-c-family';
import { blockedLayout, bytesOf, bytesOfData, evaluate, fromNumbers, outputOf, pack, printSchedule, shapeOf, tensorsOf, toNumbers, unpack, type Definition, type Layout, type Plan, type Schedule } from '@loopsmith/ir';
import { isas } from '@loopsmith/codegen-x86-avx';
import { buildProgram, defaultBudget, expand } from '@loopsmith/lowering';
import { convolution, dense, largestDifference, maxPool, plain, randomInputs, randomSchedule, softmax } from '@loopsmith/lowering/testing';
import { alignedCopy, elementArray, seededRandom, unwrap } from '@loopsmith/util';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One kernel program with what it takes: packed buffers in the order of the ABI, each with elements past its end that may be read. */
export interface SanitizedCase {
  readonly source: string;
  readonly symbols: readonly string[];
  readonly scratchBytes: number;
  readonly parts: number;
  readonly buffers: readonly { readonly bytes: Uint8Array; readonly slackBytes: number }[];
}

/** Usage: driver order data answers; `order` is `forward` or `reverse`. Every buffer ends where the sanitizer watches. */
const driver = (cases: readonly SanitizedCase[]): string => `
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
typedef void (*kernel)(void *const *, void *, int, int);
${cases.flatMap(({ symbols }) => symbols.map((symbol) => `void ${symbol}(void *const *, void *, int, int);`)).join('\n')}
typedef struct { long scratch; int parts, buffers, count; kernel kernels[64]; } one;
static const one cases[] = {
${cases.map(({ symbols, scratchBytes, parts, buffers }) => `  {${scratchBytes}, ${parts}, ${buffers.length}, ${symbols.length}, {${symbols.join(', ')}}},`).join('\n')}
};
#ifdef PAGES
/* ends where the page behind it begins, which cannot be touched */
static void *place(long bytes) {
  long room = (bytes + 63) / 64 * 64, pages = (room + 4095) / 4096 * 4096;
  char *made = mmap(NULL, pages + 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (made == MAP_FAILED || mprotect(made, 4096, PROT_NONE) || mprotect(made + 4096 + pages, 4096, PROT_NONE)) abort();
  return made + 4096 + pages - room;
}
static void release(void *made) { }
#else
static void *place(long bytes) { void *made = NULL; if (posix_memalign(&made, 64, bytes > 0 ? bytes : 1)) abort(); return made; }
static void release(void *made) { free(made); }
#endif
static long number(FILE *file) { long read = 0; if (fread(&read, 8, 1, file) != 1) abort(); return read; }
int main(int count, char **argument) {
  const int reverse = strcmp(argument[1], "reverse") == 0;
  FILE *data = fopen(argument[2], "rb"), *answers = fopen(argument[3], "wb");
  for (int c = 0; c < ${cases.length}; c++) {
    void *memory[64]; long bytes[64], slack[64];
    for (int b = 0; b < cases[c].buffers; b++) {
      bytes[b] = number(data), slack[b] = number(data);
      memory[b] = place(bytes[b] + slack[b]);
      if (bytes[b] > 0 && fread(memory[b], 1, bytes[b], data) != bytes[b]) abort();
      memset((char *)memory[b] + bytes[b], 0xff, slack[b]);
    }
    for (int k = 0; k < cases[c].count; k++)
      for (int i = 0; i < cases[c].parts; i++) {
        void *scratch = place(cases[c].scratch);
        memset(scratch, 0xff, cases[c].scratch);
        cases[c].kernels[k](memory, scratch, reverse ? cases[c].parts - 1 - i : i, cases[c].parts);
        release(scratch);
      }
    for (int b = 0; b < cases[c].buffers; b++) {
      for (long i = 0; i < slack[b]; i++) if (((unsigned char *)memory[b])[bytes[b] + i] != 0xff) { fprintf(stderr, "case %d wrote past the end of buffer %d\\n", c, b); return 1; }
      fwrite(memory[b], 1, bytes[b], answers);
      release(memory[b]);
    }
  }
  return fclose(answers);
}
`;

/**
 * `sanitizers` watch what a compiler wrote; `pages` that cannot be touched lie around every buffer of what it did not. Neither asks for the optimizer: it takes
 * twenty times as long there, and what it would leave out is watched too. `optimized` is pages around kernels as they are compiled for use.
 */
const watched = {
  sanitizers: ['-O0', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer', '-g1'],
  pages: ['-O0', '-DPAGES'],
  optimized: ['-DPAGES'],
} as const;

/** What is left in the buffers of every case. A sanitizer's complaint is an Error with its text. */
export const runSanitized = (cases: readonly SanitizedCase[], isaFlags: readonly string[], order: 'forward' | 'reverse', by: keyof typeof watched = 'sanitizers'): readonly (readonly Uint8Array[])[] => {
  const folder = mkdtempSync(join(tmpdir(), 'loopsmith-sanitized-'));
  const file = (name: string): string => join(folder, name);
  try {
    writeFileSync(file('cases.c'), [...cases.map(({ source }) => source), driver(cases)].join('\n'));
    execFileSync('gcc', [...gccFlags(isaFlags), ...watched[by], '-o', file('driver'), file('cases.c'), '-lm'], { stdio: 'pipe' });
    const number = (value: number): Uint8Array => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
    writeFileSync(file('data'), Buffer.concat(cases.flatMap(({ buffers }) => buffers.flatMap(({ bytes, slackBytes }) => [number(bytes.length), number(slackBytes), bytes]))));
    execFileSync(file('driver'), [order, file('data'), file('answers')], { stdio: 'pipe', env: { ...process.env, UBSAN_OPTIONS: 'print_stacktrace=1' } });
    const answers = readFileSync(file('answers'));
    let at = 0;
    return cases.map(({ buffers }) => buffers.map(({ bytes }) => answers.subarray(at, at += bytes.length)));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const blocked = (definition: Definition, lanes: number): Readonly<Record<string, Layout>> =>
  Object.fromEntries([...definition.inputs.filter(({ when }) => when === 'run'), outputOf(definition)].map((tensor) => [tensor.name, blockedLayout(shapeOf(tensor), 0, lanes)]));

const kinds: readonly { readonly name: string; readonly definition: Definition; readonly layouts: Readonly<Record<string, Layout>>; readonly begin?: Schedule }[] = [
  ...[
    convolution({ channels: 4, outputs: 6, size: 7, kernel: 3, pad: 1 }), convolution({ channels: 4, outputs: 4, size: 9, kernel: 3, stride: 2, pad: 1 }),
    convolution({ channels: 4, outputs: 6, size: 6, kernel: 3, pad: 1, groups: 2 }), convolution({ channels: 5, outputs: 5, size: 6, kernel: 3, pad: 1, groups: 5 }),
  ].flatMap((definition, i) => [{ name: `convolution ${i} plain`, definition, layouts: plain }, { name: `convolution ${i} blocked`, definition, layouts: blocked(definition, 8) }]),
  { name: 'winograd', definition: convolution({ channels: 2, outputs: 3, size: 5, kernel: 3, pad: 1 }), layouts: plain, begin: [{ step: 'algorithm', algorithm: 'winograd', tile: 2 }] },
  { name: 'max pool', definition: maxPool(3, 9, 3, 2, 1), layouts: plain }, { name: 'softmax', definition: softmax(3, 7), layouts: plain }, { name: 'dense', definition: dense(3, 8, 10), layouts: plain },
];

export interface RandomCase extends SanitizedCase {
  /** Kind, seed and schedule, to make it again. */
  readonly what: string;
  /** Largest |a - b| / (|b| + 1) of the output against the definition's own evaluation. */
  errorOf(buffers: readonly Uint8Array[]): number;
}

interface Form { readonly spellings: Spellings; readonly lanes: number }
const inC: readonly Form[] = [{ spellings: portable, lanes: 1 }, { spellings: gccAvx2, lanes: 8 }, { spellings: gccAvx2, lanes: 8 }];
/** As the x86 plugin prints them: assembly where it has words for the kernel. */
export const asPlugin = (name: 'avx2' | 'avx512'): readonly [Form] => [{ spellings: isas.find((isa) => isa.name === name)!.toolchain.spellings, lanes: name === 'avx2' ? 8 : 16 }];

/**
 * `count` schedules over all kinds, by turns in the forms, at first in C for vectors of eight floats and, every third, for none. A legal schedule that has no code
 * for these vectors (a vectorized loop of another length) is passed over.
 */
export const randomCases = (count: number, seed: number, forms = inC): readonly RandomCase[] => {
  const cases: RandomCase[] = [];
  for (let next = seed; cases.length < count; next++) {
    const i = cases.length, kind = kinds[i % kinds.length]!;
    const { schedule, plan } = randomSchedule(kind.definition, kind.layouts, seededRandom(next).fork(kind.name), kind.begin);
    const made = caseOf(plan, `k${i}`, forms[i % forms.length]!, 1 + (i % 4));
    if (made) cases.push({ ...made, what: `${kind.name}, seed ${next}: ${printSchedule(schedule)}` });
  }
  return cases;
};

export const randomCaseFlags: readonly string[] = x86IsaFlags.avx2;

const caseOf = (plan: Plan, symbol: string, { spellings, lanes }: Form, parts: number): Omit<RandomCase, 'what'> | null => {
  const { definition } = plan, inputs = randomInputs(definition, 7), computed = evaluate(definition, inputs, { keep: 'all' }), tensors = tensorsOf(definition);
  // tables stay buffers: a random schedule rarely writes out all loops around them
  const tables = new Map(definition.tables.map((table) => [table.name, fromNumbers(table.dtype, table.shape, table.values)]));
  const expanded = expand(unwrap(buildProgram(plan)), { lanes: () => lanes, budget: defaultBudget });
  if (!expanded.ok) return null;
  const program = expanded.value, printed = printKernels(program, spellings, symbol);
  const layoutOf = (name: string): Layout => plan.inputs.get(name) ?? plan.stages.get(name)!.layout;
  const buffers = program.buffers.map(({ name, dtype, role, size, slack }) => {
    const stored = elementArray(dtype, size);
    const data = inputs.get(name) ?? computed.get(name) ?? tables.get(name);
    if (role === 'input' || role === 'compile') pack(layoutOf(name), shapeOf(tensors.get(name)!), data!.values as { [i: number]: number }, stored as { [i: number]: number });
    else new Uint8Array(stored.buffer).fill(0xff);
    return { bytes: bytesOfData({ dtype, shape: [size], values: stored }), slackBytes: slack * bytesOf[dtype] };
  });
  const output = outputOf(definition), at = program.buffers.findIndex(({ name }) => name === output.name);
  return {
    ...printed, parts, buffers,
    errorOf: (left) => {
      const stored = Float64Array.from(new Float32Array(alignedCopy(left[at]!))), logical = new Float64Array(shapeOf(output).reduce((product, extent) => product * extent, 1));
      unpack(layoutOf(output.name), shapeOf(output), stored, logical);
      return largestDifference(logical, Float64Array.from(toNumbers(computed.get(output.name)!)));
    },
  };
};
