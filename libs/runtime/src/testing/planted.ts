/**
 * For specs: one small task (a matrix product with clipped output, 20 x 50 over 32 terms, output and weights in blocks of 8
 * lanes) and kernels for it written by hand, one right and many wrong each in its own way.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blockedLayout, build, layoutSize, plainLayout, type Definition } from '@loopsmith/ir';
import type { KernelBuffer } from '@loopsmith/contracts';
import { code } from '@loopsmith/util';
import { nativeDirectory } from '../native.js';

const rows = 20, columns = 50, terms = 32, lanes = 8;

/** Y[k, x] = max(sum over c of X[c, x] * W[k, c], 0) */
export const product = (): Definition => {
  const X = build.input('X', 'f32', [terms, columns]), W = build.input('W', 'f32', [rows, terms], 'compile');
  const [{ k, x }, points] = build.axesOf({ k: rows, x: columns });
  const [{ c }, sums] = build.axesOf({ c: terms });
  const A = build.stage('A', 'f32', points, build.binary('multiply', build.load(X, c, x), build.load(W, k, c)), build.over('sum', sums, 'f32'));
  const Y = build.stage('Y', 'f32', points, build.binary('max', build.load(A, k, x), build.literal(0)));
  return { name: 'product', inputs: [X, W], tables: [], stages: [A, Y] };
};

const weightLayout = [
  { axis: 0, offset: 0, divide: lanes, modulo: null, size: 3 }, { axis: 1, offset: 0, divide: 1, modulo: null, size: terms }, { axis: 0, offset: 0, divide: 1, modulo: lanes, size: lanes },
];
/** `input`: the layout of X. */
export const productBuffers = (input: KernelBuffer['layout'] = plainLayout([terms, columns])): readonly KernelBuffer[] => {
  const buffer = (role: KernelBuffer['role'], tensor: string, shape: readonly number[], layout: KernelBuffer['layout'], slack: number): KernelBuffer =>
    ({ role, tensor, dtype: 'f32', size: layoutSize(layout), slack, shape, layout });
  return [
    buffer('input', 'X', [terms, columns], input, 16),
    buffer('compile', 'W', [rows, terms], weightLayout, 0),
    buffer('output', 'Y', [rows, columns], blockedLayout([rows, columns], 0, lanes), 0),
  ];
};

/** The reference as the reference printer would write it. */
export const referenceText = code`
  void loopsmith_reference(const void *const *inputs, void *output) {
    const float *X = inputs[0], *W = inputs[1];
    double *Y = output;
    for (int k = 0; k < ${rows}; k++)
      for (int x = 0; x < ${columns}; x++) {
        double sum = 0;
        for (int c = 0; c < ${terms}; c++) sum += (double)X[c * ${columns} + x] * W[k * ${terms} + c];
        sum = (float)sum;
        Y[k * ${columns} + x] = sum > 0 ? sum : 0;
      }
  }`;

/** A kernel whose inner statements may be replaced, and the elements of a row of X as it is stored. Blocks of 8 rows are its parallel loop. */
const kernel = (change: { readonly row?: number; readonly before?: string; readonly init?: string; readonly columns?: string; readonly store?: string; readonly after?: string }): string => code`
  #include <stdlib.h>
  #include <string.h>
  #include <math.h>
  #include <signal.h>
  #include <unistd.h>
  void kernel(void *const *buffers, void *scratch, int part, int parts) {
    const float *X = buffers[0], *W = buffers[1];
    float *Y = buffers[2];
    (void)scratch;
    ${change.before ?? ''}
    for (int g = part * 3 / parts; g < (part + 1) * 3 / parts; g++)
      for (int x = 0; x < ${change.columns ?? columns}; x++)
        for (int l = 0; l < ${lanes}; l++) {
          float sum${change.init ?? ' = 0'};
          for (int c = 0; c < ${terms}; c++) sum += X[c * ${change.row ?? columns} + x] * W[(g * ${terms} + c) * ${lanes} + l];
          ${change.store ?? `Y[(g * ${columns} + x) * ${lanes} + l] = sum > 0 ? sum : 0;`}
        }
    ${change.after ?? ''}
  }`;

/** In the call that computes the first block, which need not be that of part 0: there may be more parts than blocks. */
const first = 'if (part * 3 / parts == 0 && (part + 1) * 3 / parts > 0)';

export const planted = {
  right: kernel({}),
  slow: kernel({ before: 'for (volatile int i = 0; i < 3000000; i++) {}' }),
  shortTail: kernel({ columns: '49' }),
  /** Sums into what memory holds: the output buffer, where the last run left its answer. */
  unsetAccumulator: kernel({ init: ' = Y[(g * 50 + x) * 8 + l]', store: 'Y[(g * 50 + x) * 8 + l] = sum < 0 ? 0 : sum;' }),
  wrongTerm: kernel({ after: `${first} Y[8] += 0.01f;` }),
  overflows: kernel({ after: `${first} Y[0] = INFINITY - INFINITY;` }),
  justPastEnd: kernel({ after: 'if (part == 0) memset((char *)Y + 4800, 0, 4);' }),
  farPastEnd: kernel({ after: 'if (part == 0) for (int i = 0; i < 100000; i++) Y[1200 + i] = 0;' }),
  writesInput: kernel({ before: 'if (part == 0) ((float *)X)[3] = 1;' }),
  readsFarBefore: kernel({ after: `${first} Y[0] += X[-2000] * 0;` }),
  staleOutput: kernel({ before: 'static float kept[1200]; static int runs; if (runs++ > 0) { memcpy(Y, kept, sizeof kept); return; }', after: 'memcpy(kept, Y, sizeof kept);' }),
  overScratch: kernel({ before: '((float *)scratch)[64] = 1;' }),
  /** Columns of X in blocks of 8, the last of which holds two; then with one of the other six in the answer, as if it were a number. */
  paddedInput: kernel({ row: 56 }),
  usesPadding: kernel({ row: 56, after: `${first} Y[0] += X[55] * 0;` }),
  dirtyPadding: kernel({ store: 'Y[(g * 50 + x) * 8 + l] = g == 2 && l == 7 ? INFINITY : sum > 0 ? sum : 0;' }),
  crashes: kernel({ before: '*(volatile int *)8 = 0;' }),
  endless: kernel({ before: 'for (volatile int i = 0;; ) {}' }),
  hungry: kernel({ before: 'for (int i = 0; i < 100000; i++) { char *more = malloc(1 << 20); if (more) memset(more, 1, 1 << 20); }' }),
  leaves: kernel({ before: 'exit(0);' }),
  /** What the system does to it when memory runs out. */
  starved: kernel({ before: 'kill(getpid(), SIGKILL);' }),
} as const;

/** The right answer by two kernels: the sums into a temporary, then the clipping, which reads blocks that other parts wrote. */
export const twoKernels = code`
  void sums(void *const *buffers, void *scratch, int part, int parts) {
    const float *X = buffers[0], *W = buffers[1];
    float *T = buffers[3];
    for (int g = part * 3 / parts; g < (part + 1) * 3 / parts; g++)
      for (int i = 0; i < ${columns * lanes}; i++) {
        float sum = 0;
        for (int c = 0; c < ${terms}; c++) sum += X[c * ${columns} + i / ${lanes}] * W[(g * ${terms} + c) * ${lanes} + i % ${lanes}];
        T[g * ${columns * lanes} + i] = sum;
      }
  }
  void clip(void *const *buffers, void *scratch, int part, int parts) {
    const float *T = buffers[3];
    float *Y = buffers[2];
    for (int g = part * 3 / parts; g < (part + 1) * 3 / parts; g++)
      for (int i = 0, from = (2 - g) * ${columns * lanes}; i < ${columns * lanes}; i++) Y[from + i] = T[from + i] > 0 ? T[from + i] : 0;
  }`;
export const temporary: KernelBuffer = { role: 'temporary', tensor: 'A', dtype: 'f32', size: 1200, slack: 0, shape: [rows, columns], layout: blockedLayout([rows, columns], 0, lanes) };

const ends = {
  well: '',
  loses: 'strcpy(error->class, "run-failed"); strcpy(error->text, "the device is lost"); return 1;',
  crashes: '*(volatile int *)8 = 0;',
  hangs: 'for (volatile int i = 0;; ) {}',
} as const;

interface Offloaded {
  readonly log?: string;
  readonly device?: Exclude<keyof typeof ends, 'loses'> | 'fails';
  readonly run?: keyof typeof ends;
  readonly close?: Exclude<keyof typeof ends, 'loses'>;
}

/**
 * A candidate that is handed over to a device, here memory of its own: doubles 32 numbers in place. By the device's clock a run takes 1000 ns,
 * and whatever is queued 5000 before it begins. `log`: where every process that opens the device writes its number, and every candidate what
 * it opens and closes. `device`, `run` and `close`: how opening the device, a kernel, and giving back what it took end.
 */
export const offloaded = ({ log = '/dev/null', device = 'well', run = 'well', close = 'well' }: Offloaded = {}): string => code`
  #include "${nativeDirectory}loopsmith_offload.h"
  #include <stdarg.h>
  #include <string.h>
  #include <stdio.h>
  #include <unistd.h>
  static float memory[32];
  static void note(const char *format, ...) {
    FILE *log = fopen("${log}", "a");
    va_list list;
    va_start(list, format);
    vfprintf(log, format, list);
    va_end(list);
    fclose(log);
  }
  static void *open_device(loopsmith_offload_error *error) {
    note("device of %d\\n", getpid());
    ${device === 'fails' ? 'strcpy(error->class, "load-failed"); strcpy(error->text, "there is no device"); return NULL;' : ends[device]}
    return memory;
  }
  static void *open_kernels(void *device, const void *const *symbols, int symbols_count, void *const *hosts, const size_t *bytes, const unsigned char *turns, int copies, int count, loopsmith_offload_error *error) {
    note("opened by %d\\n", getpid());
    if (copies > 1) { note("%d copies of", copies); for (int b = 0; b < count; b++) if (turns[b]) note(" %d", b); note("\\n"); }
    return memory;
  }
  static void close_kernels(void *state) { ${ends[close]} note("closed by %d\\n", getpid()); }
  static int upload(void *state, int buffer, const void *from, loopsmith_offload_error *error) {
    FILE *log = fopen("${log}.uploads", "a");
    if (log != NULL) { fprintf(log, "%d ", buffer); fclose(log); }
    memcpy(memory, from, sizeof memory);
    return 0;
  }
  static int run(void *state, int repeats, double *nanoseconds, loopsmith_offload_error *error) {
    ${ends[run]}
    for (int r = 0; r < repeats; r++) for (int i = 0; i < 32; i++) memory[i] += memory[i];
    *nanoseconds = 1000 + 5000.0 / repeats;
    return 0;
  }
  static int download(void *state, int buffer, void *to, loopsmith_offload_error *error) { memcpy(to, memory, sizeof memory); return 0; }
  const loopsmith_offload loopsmith_offload_table = {LOOPSMITH_OFFLOAD_ABI, open_device, open_kernels, upload, run, download, close_kernels};
  const int kernel = 0;`;

/** Compiles C text to a shared object with plain gcc. Answers its path. */
export const compileText = (directory: string, name: string, text: string, flags: readonly string[] = []): string => {
  const source = join(directory, `${name}.c`), library = join(directory, `${name}.so`);
  writeFileSync(source, text);
  execFileSync('gcc', ['-O1', '-shared', '-fPIC', '-w', '-o', library, source, ...flags, '-lm']);
  return library;
};
