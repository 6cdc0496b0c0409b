/** Which weights a kernel asks for ahead of their turn, and how far. */
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { printKernels } from './print-kernels.js';
import { gccAvx2, gccAvx512, type Spellings } from './spellings.js';

/** Elements that are asked for, counted from the address of a turn's weights, in the order of the text. */
const asked = (weights: string, role: 'compile' | 'input', spellings: Spellings = gccAvx512): readonly number[] => {
  const program = unwrap(parseProgram(`buffer X: f32[4096] input
buffer W: f32[8192] ${role}
buffer Y: f32[4096] output
kernel Y
  for o < 4
    declare A: f32[64] register
    for p < 2 unrolled
      for l < 16 vectorized: A[l+16*p] = 0
    for c < 64, x < 2 unrolled
      for m < 16 vectorized: A[m+16*x] = A[m+16*x] + X[c+64*o] * W[${weights}]
    for q < 2 unrolled
      for n < 16 vectorized: Y[n+32*o+16*q] = A[n+16*q]
`));
  const { source } = printKernels(unwrap(expand(program, { lanes: () => 16, budget: 2000 })), spellings, 'kernel');
  return [...source.matchAll(/__builtin_prefetch\(\w+ \+ (\d+)\)/g)].map(([, elements]) => Number(elements));
};

describe('weights that a kernel asks for ahead', () => {
  const inOrder = 'm+16*x+32*c+2048*o';
  it('are every line of what the sum reads so many turns later', () => {
    expect(asked(inOrder, 'compile', { ...gccAvx512, ahead: { turns: 3, bytes: 0 } })).to.deep.equal([96, 112]);
  });
  it('lie as far as the bytes say where turns are short, in whole turns', () => {
    expect(asked(inOrder, 'compile', { ...gccAvx512, ahead: { turns: 3, bytes: 1000 } })).to.deep.equal([8 * 32, 8 * 32 + 16]);
    expect(asked(inOrder, 'compile')).to.deep.equal([2048, 2064]);
  });
  it('are none where the sum leaves out a part of what it passes, or comes back to the same', () => {
    expect(asked('m+16*x+64*c', 'compile')).to.deep.equal([]);
    expect(asked('m+16*x+32*o', 'compile')).to.deep.equal([]);
  });
  it('are none of data, and none for a compiler that is not told', () => {
    expect(asked(inOrder, 'input')).to.deep.equal([]);
    expect(asked(inOrder, 'compile', gccAvx2)).to.deep.equal([]);
  });
});
