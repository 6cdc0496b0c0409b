/** Printed kernels: their text as goldens, and what they compute on this machine against the interpreter. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DType, NumericArray, Program } from '@loopsmith/ir';
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { command, cpu, golden, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { convolutionProgram, type ConvolutionTile } from './testing/convolution.js';
import { printKernels } from './print-kernels.js';
import { differenceFromInterpreter } from './testing/difference.js';
import { runKernels } from './testing/run-kernels.js';
import { gccAvx2, gccAvx512, portable, type Spellings } from './spellings.js';
import { x86IsaFlags } from './toolchain/flags.js';

const bytes: Partial<Record<DType, number>> = { f64: 8, i64: 8, u64: 8, u8: 1, i8: 1, bool: 1, i16: 2, u16: 2, f16: 2, bf16: 2 };
const expanded = (program: Program, vectorBytes: number): Program => unwrap(expand(program, { lanes: (dtype) => vectorBytes / (bytes[dtype] ?? 4), budget: 2000 }));
const print = (text: string, spellings: Spellings = portable, aliased?: ReadonlySet<string>): string => printKernels(expanded(unwrap(parseProgram(text)), 32), spellings, 'kernel', aliased).source;

/** Largest difference between what the kernel leaves in `name` and what the structured program does. */
const difference = (program: Program, name: string, vectorBytes: number, spellings: Spellings, flags: readonly string[], parts: number): Promise<number> => {
  const plain = expanded(program, vectorBytes);
  return differenceFromInterpreter(printKernels(plain, spellings, 'kernel'), program, plain, name, flags, parts);
};

const avx2: ConvolutionTile = { lanes: 8, channels: 16, outputs: 32, size: 14, pixels: 3, vectors: 4, outside: 'vectors' };
const avx512: ConvolutionTile = { lanes: 16, channels: 64, outputs: 64, size: 56, pixels: 14, vectors: 2, outside: 'pixels' };

describe('printKernels', function () {
  it('prints the AVX2 convolution tile of 3 pixels by 4 vectors', function () {
    golden(this, printKernels(expanded(convolutionProgram(avx2), 32), gccAvx2, 'kernel').source);
  });
  it('prints the AVX-512 convolution tile of 14 pixels by 2 vectors', function () {
    golden(this, printKernels(expanded(convolutionProgram(avx512), 64), gccAvx512, 'kernel').source);
  });

  it('computes the convolution, in one part and in five', async () => {
    for (const outside of ['pixels', 'vectors'] as const)
      for (const parts of [1, 5])
        expect(await difference(convolutionProgram({ ...avx2, lanes: 4, outside, pixels: outside === 'pixels' ? 4 : 3 }), 'Y', 16, portable, x86IsaFlags.scalar, parts)).to.be.lessThan(2e-5);
  }).timeout(120_000);

  it('computes the convolution with AVX2', async function () {
    needs(this, cpu('avx2'));
    expect(await difference(convolutionProgram(avx2), 'Y', 32, gccAvx2, x86IsaFlags.avx2, 2)).to.be.lessThan(2e-5);
  });

  it('computes guarded, gathered, scattered, cut and assembled vectors', async () => {
    const text = `buffer X: f32[64] input slack 8
buffer Y: f32[80] output
kernel Y
  for o < 5
    declare A: f32[4] register
    for k < 4 vectorized: A[k] = select o-1 >= 0 then X[k+4*o-4] else X[0]
    for l < 4 vectorized
      if -l-4*o+18 >= 0: A[l] = max(A[l] + X[3*l+o] * f32(index(l+o):i32), 0)
    for m < 4 vectorized
      if -m-4*o+17 >= 0: Y[4*o+m] = A[m]
    for n < 4 vectorized: Y[5*n+o+24] = choose A[n] < X[n/2+o] then A[n] else sqrt(absolute(X[n+o]))
    for q < 4 vectorized: Y[4*o+q+44] = select 2*q+o-3 >= 0 then X[2*q+o-3] else 7
`;
    const plain = printKernels(expanded(unwrap(parseProgram(text)), 16), portable, 'kernel').source;
    for (const shape of ['lanes[1]', 'choose_less_i32x4_f32x4(', '(f32x4){', 'choose_less_f32x4_f32x4(', '? (f32x4)*(const f32x4 *)']) expect(plain).to.contain(shape);
    expect(await difference(unwrap(parseProgram(text)), 'Y', 16, portable, [], 1)).to.be.lessThan(1e-6);
  });

  it('floors divisions of negative dividends and gathers through an index buffer', async () => {
    const program = unwrap(parseProgram(`buffer T: i32[4] input
buffer X: f32[32] input
buffer Y: f32[32] output
kernel Y
  for o in -8..7 parallel, i < 2: Y[2*o+i+16] = X[o/3+3+T{i; 0..3}]
`));
    const found = new Map<string, NumericArray>([['T', new Int32Array([2, 1, 3, 0])], ['X', Float32Array.from({ length: 32 }, (_, i) => i)], ['Y', new Float32Array(32)]]);
    const plain = expanded(program, 32);
    await runKernels(printKernels(plain, portable, 'kernel'), plain, [], found, 3);
    expect([...found.get('Y')!]).to.deep.equal(Array.from({ length: 32 }, (_, n) => Math.floor((Math.floor(n / 2) - 8) / 3) + 3 + [2, 1][n % 2]!));
  });

  it('keeps scratch apart and aligned, reuses nothing, and gives each part its own', async () => {
    const program = unwrap(parseProgram(`buffer X: f32[24] input
buffer Y: f32[24] output
kernel Y
  for o < 3 parallel
    declare S: f32[5] scratch slack 3
    declare T: f64[4] scratch
    for i < 8
      if -i+4 >= 0: S[i] = X[8*o+i]
      if -i+3 >= 0: T[i] = f64(X[8*o+i] * 2)
    for i < 4: Y[8*o+i] = S[i+1] + f32(T[i])
`));
    const plain = expanded(program, 32), printed = printKernels(plain, portable, 'kernel');
    expect(printed.scratchBytes).to.equal(64 + 64);
    expect(printed.source).to.contain('kernel_body(buffers[0], buffers[1], (void *)((char *)scratch + 0), (void *)((char *)scratch + 64), part, parts);');
    expect(await difference(program, 'Y', 32, portable, [], 3)).to.be.lessThan(1e-6);
  });

  it('prints one function per kernel and runs a kernel without a parallel loop in part 0 alone', async () => {
    const program = unwrap(parseProgram(`buffer X: f32[8] input
buffer Y: f32[8] output
buffer M: f32[8]
kernel M
  for i < 8 parallel: M[i] = X[i] * 2
kernel Y
  for i < 8: Y[i] = Y[i] + M[i]
`));
    const plain = expanded(program, 32), printed = printKernels(plain, portable, 'double');
    expect(printed.symbols).to.deep.equal(['double_0', 'double_1']);
    const found = new Map<string, NumericArray>([['X', Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8])], ['Y', new Float32Array(8)], ['M', new Float32Array(8)]]);
    await runKernels(printed, plain, [], found, 3);
    expect([...found.get('Y')!]).to.deep.equal([2, 4, 6, 8, 10, 12, 14, 16]);
  });

  const copy = 'buffer X: f32[8] input\nbuffer Y: f32[8] output\nkernel Y\n  for i < 8: Y[i] = X[i]\n';
  it('promises that no two buffers overlap, except those that are said to', () => {
    expect(print(copy)).to.contain('(const float *restrict X, float *restrict Y, long part, long parts)');
    expect(print(copy, portable, new Set(['X', 'Y']))).to.contain('(const float *X, float *Y, long part, long parts)');
  });

  it('gives every part its turns where long has 32 bits, however many there are', function () {
    needs(this, command('arm-linux-gnueabihf-gcc'), command('qemu-arm'));
    const turns = 100_000_000, parts = 2048, folder = mkdtempSync(join(tmpdir(), 'loopsmith-parts-'));
    try {
      const kernel = print(`buffer Y: i32[1] output\nkernel Y\n  for i < ${turns} parallel: Y[0] = Y[0] + 1\n`);
      writeFileSync(join(folder, 'parts.c'), `${kernel}
#include <stdio.h>
/* a compiler that knew it would divide before it multiplies */
volatile int parts = ${parts};
int main(void) {
  for (int part = 0; part < parts; part += parts - 1) { int turns = 0; void *buffers[] = { &turns }; kernel(buffers, 0, part, parts); printf("%d ", turns); }
}
`);
      execFileSync('arm-linux-gnueabihf-gcc', ['-static', '-O1', '-w', '-o', 'parts', 'parts.c'], { cwd: folder });
      expect(execFileSync('qemu-arm', ['./parts'], { cwd: folder, encoding: 'utf8' })).to.equal(`${Math.floor(turns / parts)} ${turns - Math.floor(((parts - 1) * turns) / parts)} `);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }).timeout(60_000);

  it('gives every name a C identifier of its own', () => {
    const text = print('buffer int: f32[8] input\nbuffer f32x8: f32[8] output\nkernel Y\n  for Y.i < 2, Y_i < 4: f32x8[4*Y.i+Y_i] = int[4*Y.i+Y_i]\n');
    expect(text).to.contain('const float *restrict int_2, float *restrict x_f32x8');
    expect(text).to.contain('long Y_i = 0').and.to.contain('long Y_i_2 = 0');
  });

  it('declares a register in the innermost body that holds all its uses', () => {
    const text = print(`buffer X: f32[8] input
buffer Y: f32[8] output
kernel Y
  for o < 4
    declare A: f32[1] register
    if o-2 >= 0: A[0] = X[o]
    if -o+1 >= 0: A[0] = X[o+1]
    Y[o] = A[0]
`);
    expect(text).to.match(/o\+\+\) \{\n {4}float A_0;\n {4}if \(o - 2 >= 0\) \{/);
  });

  it('throws at programs that it cannot print', () => {
    const printed = (text: string): (() => string) => () => printKernels(unwrap(parseProgram(text)), portable, 'kernel').source;
    const head = 'buffer X: f32[8] input\nbuffer Y: f32[8] output\nkernel Y\n';
    expect(printed(copy)).to.throw('the printer takes expanded programs; this one still stores to Y');
    expect(printed(`${head}  for i < 8 unrolled: write Y[i] = load1 X[i]\n`)).to.throw('the printer takes expanded programs; i is still unrolled');
    expect(printed(`${head}  for j < 2, i < 4 parallel: write Y[i] = load1 X[i]\n`)).to.throw('parallel loop i is not outermost in kernel Y');
    expect(printed(`${head}  for i < 8 thread.x: write Y[i] = load1 X[i]\n`)).to.throw('i is bound to hardware; C for CPUs has no such index');
    expect(printed(`${head}  declare A: f32[8] register\n  for i < 8: write A[i] = load1 X[i]\n`)).to.throw('A is declared in register; C for CPUs has scratch only, and expand names registers');
    expect(printed(`${head}  for i < 8\n    barrier block 1\n`)).to.throw('a barrier inside a kernel; on CPUs a team meets between kernels only');
  });
});
