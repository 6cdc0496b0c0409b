/** Which share of the next panel of weights each turn asks for, and which sums ask for none. */
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { unwrap } from '@loopsmith/util';
import { expect } from 'chai';
import { printKernels } from './print-kernels.js';
import { gccAvx2, gccAvx512, type Spellings } from './spellings.js';

interface Sum { readonly loops: string; readonly weights: string; readonly data: string; readonly vectors?: number }

/** The places that a sum over `c`, in tiles of 16 rows, asks for in L2: bytes from the start of its weights. */
const asked = ({ loops, weights, data, vectors = 2 }: Sum, spellings: Spellings = gccAvx512): readonly string[] => {
  const outer = loops.split('; ').map((loop, depth) => `${'  '.repeat(depth + 1)}for ${loop}`), inside = '  '.repeat(outer.length + 1);
  const program = unwrap(parseProgram(`buffer X: f32[1048576] input
buffer W: f32[1048576] compile
buffer Y: f32[1048576] output
kernel Y
${outer.join('\n')}
${inside}declare A: f32[${16 * vectors}] register
${inside}for p < ${vectors} unrolled
${inside}  for l < 16 vectorized: A[l+16*p] = 0
${inside}for c < 256, x < ${vectors} unrolled
${inside}  for m < 16 vectorized: A[m+16*x] = A[m+16*x] + X[${data}] * W[m+16*x+${weights}]
${inside}for q < ${vectors} unrolled
${inside}  for n < 16 vectorized: Y[n+16*q] = A[n+16*q]
`));
  const { source } = printKernels(unwrap(expand(program, { lanes: () => 16, budget: 2000 })), spellings, 'kernel');
  return [...source.matchAll(/__builtin_prefetch\(\(const char \*\)W \+ (.*), 0, 2\)/g)].map(([, at]) => at!);
};

describe('the next panel of weights', () => {
  // 256 turns of 32 numbers are a panel of 32,768 bytes; a turn reads 128 of them
  const rows: Sum = { loops: 'g < 3; r < 10', weights: '32*c+8192*g', data: 'c+256*r' };
  it('is asked for in as many shares as passes read this one, each a turn\'s whole bytes', () => {
    expect(asked(rows)).to.deep.equal(['12 * c + 32768 * g + 3072 * r + 32768']);
  });
  it('is shared by two loops that read the same, and by those of rows that are fused with the panels', () => {
    expect(asked({ ...rows, loops: 'g < 3; r < 5; s < 2', data: 'c+256*r+2048*s' })).to.deep.equal(['12 * c + 32768 * g + 6144 * r + 3072 * s + 32768']);
    // team / 5 is the panel: the pass is team - 5 * (team / 5), in shares of 25 bytes
    expect(asked({ ...rows, loops: 't < 15', weights: '32*c+8192*(t/5)', data: 'c+256*t' })).to.deep.equal(['25 * c + 6400 * t + 768 * (long)((unsigned)(t) / 5u) + 32768']);
  });
  it('goes on through several loops of the sum, and ends where a loop leaves a part of the weights out', () => {
    expect(asked({ ...rows, loops: 'g < 3; r < 10; b < 4', weights: '32*c+8192*b+32768*g', data: 'c+256*b+1024*r' })).to.deep.equal(['3072 * b + 12 * c + 131072 * g + 12288 * r + 131072']);
    expect(asked({ ...rows, loops: 'g < 3; r < 10; b < 4', weights: '32*c+9000*b+40000*g', data: 'c+256*b+1024*r' })).to.deep.equal([]);
  });
  it('is none where no panel follows, or each is read once, or so often that a share is less than four bytes, or by one vector a turn', () => {
    expect(asked({ ...rows, loops: 'r < 10; g < 3' })).to.deep.equal([]);
    expect(asked({ ...rows, loops: 'g < 3', data: 'c' })).to.deep.equal([]);
    expect(asked({ ...rows, loops: 'g < 3; r < 32' })).to.have.length(1);
    expect(asked({ ...rows, loops: 'g < 3; r < 33' })).to.deep.equal([]);
    expect(asked({ ...rows, weights: '16*c+4096*g', vectors: 1 })).to.deep.equal([]);
  });
  it('is none where what is asked for ahead reaches past this one anyhow, and for a compiler that is not told', () => {
    expect(asked(rows, { ...gccAvx512, ahead: { turns: 16, bytes: 32768 } })).to.deep.equal([]);
    expect(asked(rows, gccAvx2)).to.deep.equal([]);
  });
});
