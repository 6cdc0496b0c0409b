/** Which loops of a kernel have turns written out, and how many. */
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { printKernels } from './print-kernels.js';
import { gccAvx2, portable, type Spellings } from './spellings.js';

/** The numbers of the pragmas, in the order of the text. */
const turns = (body: string, spellings: Spellings = gccAvx2): readonly number[] => {
  const program = unwrap(parseProgram(`buffer X: f32[4096] input\nbuffer W: f32[4096] input\nbuffer Y: f32[4096] output\nkernel Y\n${body}`));
  const { source } = printKernels(unwrap(expand(program, { lanes: () => 8, budget: 2000 })), spellings, 'kernel');
  return [...source.matchAll(/#pragma GCC unroll (\d+)\n *for \(long/g)].map(([, count]) => Number(count));
};
/** A tile of `pixels` sums over `length` channels. */
const tile = (length: number, pixels: number): string => `  for o < 4
    declare A: f32[${pixels}] register
    for p < ${pixels} unrolled: A[p] = 0
    for c < ${length}, x < ${pixels} unrolled: A[x] = A[x] + X[c+${length}*o] * W[c+64*x]
    for q < ${pixels} unrolled: Y[${pixels}*o+q] = A[q]
`;

describe('turns that a kernel writes out', () => {
  it('are eight of a sum whose length they divide, else four', () => {
    expect(turns(tile(64, 12))).to.deep.equal([8]);
    expect(turns(tile(8, 12))).to.deep.equal([8]);
    expect(turns(tile(36, 12))).to.deep.equal([4]);
  });
  it('are four where a kernel has several such loops', () => {
    expect(turns([0, 1, 2].map((i) => tile(64, 12).replaceAll('A', `A${i}`)).join(''))).to.deep.equal([4, 4, 4]);
  });
  it('are none of a short window, of a loop that sums nothing or whose sums end with its turn, or of an outer loop', () => {
    expect(turns(tile(3, 12))).to.deep.equal([]);
    expect(turns('  for i < 64: Y[i] = X[i] + W[i]\n')).to.deep.equal([]);
    expect(turns('  for i < 64\n    declare A: f32[1] register\n    A[0] = X[i]\n    A[0] = A[0] + W[i]\n    Y[i] = A[0]\n')).to.deep.equal([]);
  });
  it('are none for a compiler that is not told', () => expect(turns(tile(64, 12), portable)).to.deep.equal([]));
});
