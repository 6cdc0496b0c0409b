/**
 * Kernels for GPUs on this CPU under gcc's sanitizers: threads of a block that meet without a barrier, and accesses outside of
 * shared memory or a buffer, end the program with both places named. Answers are checked elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onCpuDirectory, onCpuFlags, textOnCpu, type OnCpu } from '@loopsmith/codegen-gpu';
import type { KernelSource } from '@loopsmith/contracts';
import { bytesOf } from '@loopsmith/ir';

export const sanitizers = { thread: ['-fsanitize=thread'], address: ['-fsanitize=address,undefined', '-fno-sanitize-recover=all'] } as const;

/** Every buffer ends where the sanitizer watches; floats of inputs are within a half of zero, everything else starts as zero. */
const main = ({ symbols, launches, buffers }: KernelSource): string => `
#include "blocks.h"
#include <stdio.h>
#include <stdlib.h>
extern loopsmith_on_cpu loopsmith_kernels;
extern loopsmith_entry ${symbols.map((symbol) => `${symbol}_on_cpu`).join(', ')};
static void *filled(size_t bytes, int floats) {
  float *made = calloc(1, bytes);
  for (size_t i = 0; floats && i < bytes / 4; i++) made[i] = (float)(i * 2654435761u >> 8 & 0xffff) / 65536 - 0.5f;
  return made;
}
int main(void) {
  void *memory[] = {${buffers.map(({ size, slack, dtype, role }) => `filled(${(size + slack) * bytesOf[dtype]}, ${dtype === 'f32' && (role === 'input' || role === 'compile') ? 1 : 0})`).join(', ')}};
  void **arguments[] = {${buffers.map((_, i) => `&memory[${i}]`).join(', ')}};
  char wrong[512];
  ${symbols.map((symbol, i) => `if (loopsmith_run_blocks(&loopsmith_kernels, ${symbol}_on_cpu, (void *const *const *)arguments, (loopsmith_place){${launches![i]!.blocks.join(', ')}}, (loopsmith_place){${launches![i]!.threads.join(', ')}}, wrong, sizeof wrong)) { fputs(wrong, stderr); return 1; }`).join('\n  ')}
  return 0;
}
`;

/** A complaint of a sanitizer is an Error with its text. */
export const runSanitizedKernel = (kernel: KernelSource, onCpu: OnCpu, sanitizer: readonly string[], directory: string): void => {
  const path = (name: string): string => join(directory, name);
  writeFileSync(path('kernels.c'), textOnCpu(kernel.source));
  writeFileSync(path('main.c'), main(kernel));
  const gcc = (...flags: readonly string[]): void => { execFileSync('gcc', flags, { stdio: 'pipe' }); };
  gcc(...onCpuFlags(onCpu), ...sanitizer, '-g1', '-c', '-o', path('kernels.o'), path('kernels.c'));
  gcc('-std=gnu11', '-O2', '-c', '-o', path('blocks.o'), join(onCpuDirectory, 'blocks.c'));
  gcc('-std=gnu11', '-O1', `-I${onCpuDirectory}`, ...sanitizer, '-o', path('main'), path('main.c'), path('kernels.o'), path('blocks.o'), '-lm');
  // the buffers live as long as the program
  execFileSync(path('main'), [], { stdio: 'pipe', env: { ...process.env, ASAN_OPTIONS: 'detect_leaks=0' } });
};
