/** Kernels as assembly: what they compute on this machine against the interpreter, what becomes of registers, and what is left to C. */
import { expect } from 'chai';
import { printKernels, x86IsaFlags, type Spellings } from '@loopsmith/codegen-c-family';
import { convolutionProgram, differenceFromInterpreter, leftIn } from '@loopsmith/codegen-c-family/testing';
import type { NumericArray, Program } from '@loopsmith/ir';
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { command, cpu, golden, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { isas } from '../isa.js';

const sets = [
  { name: 'avx2', bytes: 32, features: ['avx2', 'fma'] },
  { name: 'avx512', bytes: 64, features: ['avx512f', 'avx512vl', 'avx512dq', 'avx512bw'] },
] as const;
type InstructionSet = (typeof sets)[number];
const spellingsOf = ({ name }: InstructionSet): Spellings => isas.find((isa) => isa.name === name)!.toolchain.spellings;
const expanded = (program: Program, { bytes }: InstructionSet): Program => unwrap(expand(program, { lanes: () => bytes / 4, budget: 2000 }));
const sourceOf = (program: Program, set: InstructionSet): string => printKernels(expanded(program, set), spellingsOf(set), 'kernel').source;
const isAssembly = (source: string): boolean => source.includes('__asm__(');

/** Programs over vectors of `L` floats: what each means is what the interpreter says. */
const programs: readonly { readonly what: string; readonly text: (L: number) => string; readonly bound?: number }[] = [
  {
    what: 'divisions by powers of two and by others, of sums that need a constant',
    text: (L) => `buffer X: f32[${64 * L}] input
buffer Y: f32[${48 * L}] output
kernel Y
  for o < 48 parallel, l < ${L} vectorized: Y[${L}*o+l] = X[${L}*((o+5)/3)+${L}*((2*o+7)/8)+${L}*(o/7)+l]
`,
  },
  {
    what: 'guards of loops and of values, some asked for more than once, and both arms of a choice',
    text: (L) => `buffer X: f32[${40 * L}] input
buffer Y: f32[${36 * L}] output
kernel Y
  for o < 6, p < 6
    declare A: f32[${L}] register
    for l < ${L} vectorized: A[l] = select o-1 >= 0 & p-2 >= 0 then X[${6 * L}*o+${L}*p+l-${7 * L}] else 0
    for l < ${L} vectorized: A[l] = A[l] + (select o-1 >= 0 & p-2 >= 0 then X[${6 * L}*o+${L}*p+l-${6 * L}] else X[l])
    if -o-p+8 >= 0
      for l < ${L} vectorized: A[l] = A[l] - X[${L}*p+l]
    for l < ${L} vectorized: Y[${6 * L}*o+${L}*p+l] = A[l]
`,
  },
  {
    what: 'every operator that has an instruction, on either side a number, a broadcast and memory',
    text: (L) => `buffer X: f32[${9 * L}] input
buffer S: f32[9] input
buffer Y: f32[${9 * L}] output
kernel Y
  for o < 9, l < ${L} vectorized: Y[${L}*o+l] = max(min(-X[${L}*o+l] / (S[o] * 3), 2), X[${L}*o+l]) + sqrt(X[${L}*o+l] * X[${L}*o+l]) - S[o] * X[${L}*o+l] + (X[${L}*o+l] * 0.5 - S[o])
`,
    bound: 2e-5,
  },
  {
    what: 'what may not be exchanged, memory on the left of what was computed',
    text: (L) => `buffer X: f32[${9 * L}] input
buffer S: f32[9] input
buffer Y: f32[${9 * L}] output
kernel Y
  for o < 9, l < ${L} vectorized: Y[${L}*o+l] = (X[${L}*o+l] - max(S[o], 0.5)) / (2 - min(X[${L}*o+l], S[o]))
`,
  },
  {
    what: 'four lanes',
    text: () => `buffer X: f32[36] input
buffer Y: f32[36] output
kernel Y
  for o < 9, l < 4 vectorized: Y[4*o+l] = max(-X[4*o+l], 0.5) * X[-4*o+l+32] - 1
`,
  },
  {
    what: 'one lane at a time',
    text: () => `buffer X: f32[40] input
buffer Y: f32[40] output
kernel Y
  for o < 40: Y[o] = max(X[o] * 2 - X[o], 0) + X[o] / 3
`,
  },
  {
    what: 'scratch of each part, a row of it read after the next is written',
    text: (L) => `buffer X: f32[${12 * L}] input
buffer Y: f32[${12 * L}] output
kernel Y
  for o < 3 parallel
    declare S: f32[${4 * L}] scratch
    declare T: f32[${4 * L}] scratch slack ${L}
    for i < 4, l < ${L} vectorized: S[${L}*i+l] = X[${4 * L}*o+${L}*i+l] * 2
    for i < 4, l < ${L} vectorized: T[${L}*i+l] = S[${-L}*i+l+${3 * L}] + 1
    for i < 4, l < ${L} vectorized: Y[${4 * L}*o+${L}*i+l] = T[${L}*i+l] - S[${L}*i+l]
`,
  },
  {
    what: 'more values alive than there are registers, sums in loops among them',
    text: (L) => `buffer X: f32[${50 * L}] input
buffer Y: f32[${40 * L}] output
kernel Y
  declare A: f32[${40 * L}] register
  for z < 40 unrolled, l < ${L} vectorized: A[${L}*z+l] = 0
  for c < 7
    for z < 40 unrolled, l < ${L} vectorized: A[${L}*z+l] = A[${L}*z+l] + X[${L}*z+${L}*c+l] * X[${L}*c+l]
  for z < 40 unrolled, l < ${L} vectorized: Y[${L}*z+l] = A[${L}*z+l] * A[${L}*z+l] - A[${-L}*z+l+${39 * L}]
`,
    bound: 2e-5,
  },
];

const special = (): Map<string, NumericArray> => {
  const values = [NaN, -0, 0, 1, -1, Infinity, -Infinity, 0.5];
  return new Map([
    ['X', Float32Array.from({ length: 64 }, (_, i) => values[i % 8]!)], ['Z', Float32Array.from({ length: 64 }, (_, i) => values[i >> 3]!)], ['Y', new Float32Array(256)],
  ]);
};

describe('kernels as assembly', () => {
  for (const set of sets) describe(set.name, () => {
    for (const { what, text, bound } of programs)
      it(`computes ${what}`, async function () {
        needs(this, command('gcc'), ...set.features.map(cpu));
        const program = unwrap(parseProgram(text(set.bytes / 4))), plain = expanded(program, set), printed = printKernels(plain, spellingsOf(set), 'kernel');
        expect(isAssembly(printed.source)).to.equal(true);
        for (const parts of [1, 3])
          expect(await differenceFromInterpreter(printed, program, plain, 'Y', x86IsaFlags[set.name], parts)).to.be.at.most(bound ?? 1e-6);
      });

    it('answers with the left operand where max and min cannot tell, and keeps the sign of zero', async function () {
      needs(this, command('gcc'), ...set.features.map(cpu));
      const L = set.bytes / 4, program = unwrap(parseProgram(`buffer X: f32[64] input
buffer Z: f32[64] input
buffer Y: f32[256] output
kernel Y
  for o < ${64 / L}, l < ${L} vectorized: Y[${L}*o+l] = max(X[${L}*o+l], Z[${L}*o+l])
  for o < ${64 / L}, l < ${L} vectorized: Y[${L}*o+l+64] = min(X[${L}*o+l], Z[${L}*o+l])
  for o < ${64 / L}, l < ${L} vectorized: Y[${L}*o+l+128] = max(-X[${L}*o+l], 0)
  for o < ${64 / L}, l < ${L} vectorized: Y[${L}*o+l+192] = max(-X[${L}*o+l], Z[${L}*o+l])
`));
      const plain = expanded(program, set), printed = printKernels(plain, spellingsOf(set), 'kernel');
      expect(isAssembly(printed.source)).to.equal(true);
      const { found, expected } = await leftIn(printed, program, plain, 'Y', x86IsaFlags[set.name], 1, special);
      expect([...found]).to.deep.equal([...expected]);
    });

    it('computes a padded convolution in one part and in five', async function () {
      needs(this, command('gcc'), ...set.features.map(cpu));
      for (const outside of ['pixels', 'vectors'] as const) {
        const program = convolutionProgram({ lanes: set.bytes / 4, channels: 32, outputs: 64, size: 14, pixels: 5, vectors: 2, outside });
        const plain = expanded(program, set), printed = printKernels(plain, spellingsOf(set), 'kernel');
        expect(isAssembly(printed.source)).to.equal(true);
        for (const parts of [1, 5]) expect(await differenceFromInterpreter(printed, program, plain, 'Y', x86IsaFlags[set.name], parts)).to.be.at.most(5e-5);
      }
    });
  });

  it('is this text for a tile of 4 pixels and 3 vectors, its sums, weights and one number in sixteen registers', function () {
    golden(this, sourceOf(convolutionProgram({ lanes: 8, channels: 16, outputs: 48, size: 12, pixels: 4, vectors: 3, outside: 'pixels' }), sets[0]));
  });

  it('reads and writes the first lanes of a vector by mask', async function () {
    const set = sets[1];
    needs(this, command('gcc'), ...set.features.map(cpu));
    const program = unwrap(parseProgram(`buffer X: f32[22] input
buffer Y: f32[22] output
kernel Y
  for l < 16 vectorized: Y[l] = X[l] * 2
  for l < 16 vectorized
    if -l+5 >= 0: Y[l+16] = X[l+16] * 2
`)), plain = expanded(program, set), printed = printKernels(plain, spellingsOf(set), 'kernel');
    expect(printed.source).to.match(/vmovups .*\{%k1\}\{z\}/).and.to.match(/vmovups %zmm\d+, \d*\(.*\)\{%k1\}/);
    expect(await differenceFromInterpreter(printed, program, plain, 'Y', x86IsaFlags.avx512, 1)).to.equal(0);
  });

  it('keeps what finds no register on the stack, and leaves out sums that nothing stores', () => {
    const L = 8, text = programs.at(-1)!.text(L), crowded = sourceOf(unwrap(parseProgram(text)), sets[0]);
    expect(crowded.match(/vmovups \d+\(%rsp\), %ymm\d+/g)?.length).to.be.greaterThan(20);
    const unused = sourceOf(unwrap(parseProgram(text.replace('for z < 40 unrolled, l < 8 vectorized: Y', 'for z < 4 unrolled, l < 8 vectorized: Y'))), sets[0]);
    // of the last store 4 sums of each end are read
    expect(unused.match(/vfmadd231ps/g)).to.have.length(8);
    expect(unused).to.not.match(/\(%rsp\), %ymm/);
  });

  for (const [what, statement] of [
    ['functions without an instruction', 'Y[8*o+l] = exp(X[8*o+l])'], ['integers', 'Y[8*o+l] = f32(i32(X[8*o+l]))'], ['lanes that lie apart', 'Y[8*o+l] = X[4*l+o]'],
    ['comparisons', 'Y[8*o+l] = choose X[8*o+l] < 0 then 1 else X[8*o+l]'], ['places that memory decides', 'Y[8*o+l] = X[8*T{o; 0..3}+l]'], ['one such place for all', 'Y[8*o+l] = X[8*T{2; 0..3}+l]'],
  ] as const)
    it(`leaves ${what} to C`, () => {
      const source = sourceOf(unwrap(parseProgram(`buffer X: f32[64] input\nbuffer T: i32[4] input\nbuffer Y: f32[32] output\nkernel Y\n  for o < 4, l < 8 vectorized: ${statement}\n`)), sets[0]);
      expect(isAssembly(source)).to.equal(false);
      expect(source).to.contain('for (long o = 0; o <= 3; o++)');
    });

  it('leaves two lanes to C', () => {
    const source = sourceOf(unwrap(parseProgram('buffer X: f32[8] input\nbuffer Y: f32[8] output\nkernel Y\n  for o < 4, l < 2 vectorized: Y[2*o+l] = X[2*o+l]\n')), sets[0]);
    expect(isAssembly(source)).to.equal(false);
  });

  const large = 'buffer X: f32[2200000000] input\nbuffer Y: f32[2200000000] output\nkernel Y\n  ';
  for (const [what, text] of [
    ['an address too far behind another one', `${large}for o < 4, l < 8 vectorized: Y[8*o+l] = X[8*o+l+600000000]\n`],
    ['scratch that begins too far behind the first', `${large}for o < 4 parallel\n    declare S: f32[600000000] scratch\n    declare T: f32[8] scratch\n    S[0] = X[o]\n    T[0] = X[o+1]\n    Y[o] = S[0] + T[0]\n`],
    ['divisions of more than 31 bits', `${large}for o < 46400, p < 46400: Y[(46400*o+p)/3] = X[o]\n`],
  ] as const)
    it(`leaves ${what} to C, where an instruction has no room for the number`, () => {
      expect(isAssembly(sourceOf(unwrap(parseProgram(text)), sets[0]))).to.equal(false);
    });

  it('refuses programs that are not expanded, as the printer of C does', () => {
    const printed = (text: string): (() => string) => () => printKernels(unwrap(parseProgram(text)), spellingsOf(sets[0]), 'kernel').source;
    const head = 'buffer X: f32[8] input\nbuffer Y: f32[8] output\nkernel Y\n';
    expect(printed(`${head}  for i < 8: Y[i] = X[i]\n`)).to.throw('a store in a kernel of a CPU; the printer takes expanded programs');
    expect(printed(`${head}  for i < 8 unrolled: write Y[i] = load1 X[i]\n`)).to.throw('i is still unrolled; the printer takes expanded programs');
    expect(printed(`${head}  declare A: f32[8] register\n  for i < 8: write A[i] = load1 X[i]\n`)).to.throw('A is declared in register');
  });
});
