/** Vectors that the end of a row cuts, and lanes that are combined, as C: what the interpreter says, and nothing touched past the end. */
import { bytesOf, fromNumbers, toNumbers, type DType, type NumericArray } from '@loopsmith/ir';
import { interpret, parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { cpu, needs } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { printKernels } from './print-kernels.js';
import { runKernels } from './testing/run-kernels.js';
import { gccAvx2, gccAvx512, portable, type Spellings } from './spellings.js';
import { x86IsaFlags } from './toolchain/flags.js';

/** Twice the elements of a row that ends within a vector, and its lanes combined in four ways. */
const text = (dtype: DType, length: number, lanes: number): string => {
  const vectors = Math.ceil(length / lanes), lane = (v: string, l: string): string => `-${lanes}*${v}-${l}+${length - 1}`;
  const combined = [(a: string, b: string) => `${a} + ${b}`, (a: string, b: string) => `max(${a}, ${b})`, (a: string, b: string) => `min(${a}, ${b})`, (a: string, b: string) => `${a} * ${b}`].map((formula, i) => `  for c${i} < ${vectors}, m${i} < ${lanes} vectorized
    if ${lane(`c${i}`, `m${i}`)} >= 0: S[${i}] = ${formula(`S[${i}]`, `X[${lanes}*c${i}+m${i}]`)}\n`);
  return `buffer X: ${dtype}[${length}] input\nbuffer Y: ${dtype}[${length + lanes}] output\nbuffer S: ${dtype}[4] output\nkernel f
  for o < ${vectors}, l < ${lanes} vectorized
    if ${lane('o', 'l')} >= 0: Y[${lanes}*o+l] = X[${lanes}*o+l] + X[${lanes}*o+l]\n${combined.join('')}`;
};

const ways: readonly { readonly name: string; readonly spellings: Spellings; readonly flags: readonly string[]; readonly bytes: number; readonly feature?: string }[] = [
  { name: 'portable', spellings: portable, flags: [], bytes: 16 },
  { name: 'AVX2', spellings: gccAvx2, flags: x86IsaFlags.avx2, bytes: 32, feature: 'avx2' },
  { name: 'AVX-512', spellings: gccAvx512, flags: x86IsaFlags.avx512, bytes: 64, feature: 'avx512dq' },
];

describe('vectors that the end of a row cuts', () => {
  for (const { name, spellings, flags, bytes, feature } of ways)
    it(`have their first lanes loaded, stored and combined in ${name} C`, async function () {
      if (feature !== undefined) needs(this, cpu(feature));
      for (const dtype of ['f32', 'f64', 'i32', 'f16'] as const) {
        const lanes = bytes / bytesOf[dtype];
        // a float that is no number, in the first half of the lanes: max and min pass over it and over nothing beside it
        for (const special of dtype === 'i32' ? [1] : [1, NaN]) for (const length of [lanes + 1, 2 * lanes - 1, 2 * lanes + Math.ceil(lanes / 2)]) {
          const program = unwrap(parseProgram(text(dtype, length, lanes)));
          const plain = unwrap(expand(program, { lanes: (each) => bytes / bytesOf[each], budget: 500 }));
          expect(JSON.stringify(plain), dtype).to.contain('"first":').and.to.contain('"across"');
          const memory = (): Map<string, NumericArray> => new Map(program.buffers.map(({ name: buffer, size }) =>
            [buffer, fromNumbers(dtype, [size], Array.from({ length: size }, (_, i) => (buffer === 'X' ? (i === 1 ? special : i === 1 + lanes / 2 ? 7 : i === lanes / 2 ? -7 : i % 11 === 0 ? 2 : i % 3 === 0 ? -1 : 1) : buffer === 'S' ? 2 : 9))).values]));
          const expected = memory(), found = memory();
          interpret(program, expected);
          await runKernels(printKernels(plain, spellings, 'cut'), plain, flags, found);
          for (const [buffer, values] of found) expect([...toNumbers({ dtype, shape: [values.length], values })], `${dtype} ${length} ${buffer}`).to.deep.equal([...toNumbers({ dtype, shape: [values.length], values: expected.get(buffer)! })]);
        }
      }
    });
});
