/** CUDA C on this CPU: what its header refuses, and that it computes what a GPU would. Kernels are written by hand, each with its fault planted. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { onCpuDirectory, onCpuFlags, textOnCpu } from './on-cpu.js';

const threads = 64;
const kernel = (...body: readonly string[]): string => `LOOPSMITH_KERNEL __launch_bounds__(${threads}) void k(const float *__restrict__ in, float *__restrict__ out) {\n${body.join('\n')}\n}\n`;
/** Reverses 64 numbers through shared memory; the barrier is on line 4. */
const reversing = (barrier = '__syncthreads();', at = 't'): string => kernel('  __shared__ __align__(16) float tile[64];', '  const int t = (int)threadIdx.x;', `  tile[${at}] = in[t];  ${barrier}`, '  out[t] = tile[63 - t];');

/** Two blocks of 64 threads; prints the 64 numbers of the output, or what went wrong. */
const main = `
#include "blocks.h"
#include <stdio.h>
extern loopsmith_on_cpu loopsmith_kernels;
extern loopsmith_entry k_on_cpu;
int main(void) {
  static float in[64], out[64];
  for (int i = 0; i < 64; i++) in[i] = (float)i;
  void *first = in, *second = out, **arguments[] = {&first, &second};
  char wrong[512];
  if (loopsmith_run_blocks(&loopsmith_kernels, k_on_cpu, (void *const *const *)arguments, (loopsmith_place){2, 1, 1}, (loopsmith_place){64, 1, 1}, wrong, sizeof wrong)) { puts(wrong); return 1; }
  for (int i = 0; i < 64; i++) printf("%g ", (double)out[i]);
  return 0;
}
`;

describe('CUDA C on this CPU', () => {
  const directory = mkdtempSync(join(tmpdir(), 'loopsmith-on-cpu-spec-'));
  const path = (name: string): string => join(directory, name);
  before(() => {
    writeFileSync(path('main.c'), main);
    execFileSync('gcc', ['-std=gnu11', '-O2', '-c', '-o', path('blocks.o'), join(onCpuDirectory, 'blocks.c')]);
  });
  after(() => rmSync(directory, { recursive: true }));
  let built = 0;
  const run = (text: string, { warp = 32, sanitizer = [] as readonly string[] } = {}): { readonly status: number | null; readonly said: string } => {
    const name = path(`k${++built}`);
    writeFileSync(`${name}.c`, textOnCpu(text));
    execFileSync('gcc', [...onCpuFlags({ warp }), ...sanitizer, '-g', '-c', '-o', `${name}.o`, `${name}.c`]);
    execFileSync('gcc', ['-std=gnu11', '-O1', `-I${onCpuDirectory}`, ...sanitizer, '-o', name, path('main.c'), `${name}.o`, path('blocks.o'), '-lm']);
    const { status, stdout, stderr } = spawnSync(name, { encoding: 'utf8' });
    return { status, said: stdout + stderr };
  };
  const numbers = (of: (i: number) => number): string => Array.from({ length: 64 }, (_, i) => `${of(i)} `).join('');

  it('computes what the threads of a block make together', () => {
    expect(run(reversing())).to.deep.equal({ status: 0, said: numbers((i) => 63 - i) });
  });
  it('gives lanes of a warp each other\'s values, of 32 threads or of 64', () => {
    const text = kernel('  const int t = (int)threadIdx.x;', '  float sum = in[t];', `  for (int by = LOOPSMITH_WARP / 2; by > 0; by /= 2) sum += __shfl_xor_sync(0xffffffff, sum, by);`, '  out[t] = sum + __shfl_down_sync(0xffffffff, in[t], 1) - in[t];');
    const beside = (warp: number) => (i: number): number => (i % warp === warp - 1 ? 0 : 1);
    expect(run(text)).to.deep.equal({ status: 0, said: numbers((i) => (i < 32 ? 496 : 1520) + beside(32)(i)) });
    expect(run(text, { warp: 64 })).to.deep.equal({ status: 0, said: numbers((i) => 2016 + beside(64)(i)) });
  });
  it('shows shared memory that nobody wrote as NaN', () => {
    expect(run(reversing('__syncthreads();', 't & ~1')).said).to.match(/nan/);
  });
  it('shows a missing barrier: values that are not there yet', () => {
    expect(run(reversing('')).said).to.match(/nan/);
  });
  it('refuses a barrier that only some threads come to, by its line', () => {
    expect(run(reversing('if (t < 32) __syncthreads();'))).to.deep.equal({ status: 1, said: 'part of a block waits at a barrier to which the rest does not come: line 4, block 0 0 0\n' });
    expect(run(kernel('  const int t = (int)threadIdx.x;', '  if (t < 32)', '    __syncthreads();', '  else', '    __syncthreads();', '  out[t] = in[t];')))
      .to.deep.equal({ status: 1, said: 'threads of one block wait at different barriers: lines 4 and 6, block 0 0 0\n' });
  });
  it('refuses a shuffle that only part of a warp comes to', () => {
    expect(run(kernel('  const int t = (int)threadIdx.x;', '  float v = in[t];', '  if (t % 2) v = __shfl_sync(0xffffffff, v, 0);', '  out[t] = v;')))
      .to.deep.equal({ status: 1, said: 'part of a warp waits at a shuffle to which the rest does not come: line 4, block 0 0 0\n' });
  });
  it('lets gcc\'s sanitizers see races and accesses out of range, and nothing where there is none', () => {
    for (const sanitizer of [['-fsanitize=thread'], ['-fsanitize=address,undefined', '-fno-sanitize-recover=all']]) expect(run(reversing(), { sanitizer }), sanitizer.join(' ')).to.deep.equal({ status: 0, said: numbers((i) => 63 - i) });
    expect(run(reversing(''), { sanitizer: ['-fsanitize=thread'] }).said).to.match(/data race[\s\S]*kernels:[45]/);
    expect(run(reversing('__syncthreads();', 't + 1'), { sanitizer: ['-fsanitize=address'] }).said).to.match(/global-buffer-overflow[\s\S]*kernels:4/);
  });
});
