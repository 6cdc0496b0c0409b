/** What flags keep a compiler from, by what a program that it compiled answers; which flags make code faster is measured elsewhere. */
import { unwrap } from '@loopsmith/util';
import { parseProgram } from '@loopsmith/ir/testing';
import { expand } from '@loopsmith/lowering';
import { command, cpu, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { printKernels } from '../print-kernels.js';
import { gccAvx2 } from '../spellings.js';
import { differenceFromInterpreter } from '../testing/difference.js';
import { x86IsaFlags } from './flags.js';

describe('gcc\'s flags', () => {
  it('let no loop vanish whose addresses gcc counts from null, one pointer twice less itself', async function () {
    needs(this, command('gcc'), cpu('avx2'));
    const program = unwrap(parseProgram(`buffer W: f32[635] input slack 8
buffer X: f32[722] input slack 8
buffer Z: f32[720] input slack 8
buffer Y: f32[530] output
kernel Y
  for o < 2 parallel
    for l < 8 vectorized: Y[8*o+l+490] = X[16*o+668]
    for m < 8 vectorized
      if -m+1 >= 0: Y[8*o+m+514] = min(Z[16*o+m+373], X[8*o+m+28]) + W[m+633]
`)), plain = unwrap(expand(program, { lanes: () => 8, budget: 100 }));
    expect(await differenceFromInterpreter(printKernels(plain, gccAvx2, 'kernel'), program, plain, 'Y', x86IsaFlags.avx2, 1)).to.be.at.most(1e-6);
  });
});
