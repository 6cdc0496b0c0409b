/** Loops whose cycles follow from the processor's published latencies, and what is answered when nothing can be. */
import { expect } from 'chai';
import { command, needs } from '@loopsmith/testing';
import { loopCycles } from './pipeline-model.js';

const model = { program: 'llvm-mca-19', triple: 'aarch64-linux-gnu', processor: 'cortex-a72' };
const loop = (body: string): string => `.L3:\n${body}	add	x4, x4, 16\n	cmp	x4, x2\n	b.ne	.L3`;

describe('cycles of a loop', () => {
  it('grow with the multiply-adds that share a pipe', async function () {
    needs(this, command('llvm-mca-19'));
    const fmlas = (count: number): string => Array.from({ length: count }, (_, i) => `	fmla	v${i}.4s, v30.4s, v31.s[0]\n`).join('');
    const eight = await loopCycles(loop(fmlas(8)), model), sixteen = await loopCycles(loop(fmlas(16)), model);
    // two pipes take a four-lane multiply-add in two halves
    expect(eight).to.be.within(7, 9);
    expect(sixteen! - eight!).to.be.within(7, 9);
  });
  it('leave out directives, which belong to text that is not there', async function () {
    needs(this, command('llvm-mca-19'));
    expect(await loopCycles(loop('	.loc 1 2 3\n	.cfi_def_cfa_offset 16\n	fmla	v0.4s, v30.4s, v31.s[0]\n'), model)).to.be.a('number');
  });
  it('are null without the program, without a loop, for a processor it does not know and for text that it cannot read', async () => {
    expect(await loopCycles(loop('	nop\n'), { ...model, program: 'no-such-program' })).to.equal(null);
    expect(await loopCycles('', model)).to.equal(null);
    expect(await loopCycles(loop('	frobnicate	x0\n'), model)).to.equal(null);
    expect(await loopCycles(loop('	nop\n'), { ...model, triple: 'nowhere' })).to.equal(null);
  });
});
