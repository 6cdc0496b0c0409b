/** What bound loops ask of a launch, and which threads come to a place. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { constant, loopVariable, subtract, variable, type Guard } from '../index/index-expression.js';
import { parseProgram } from '../testing/parse-program.js';
import { divergence, launchOf, type Loop } from './hardware.js';
import type { Launch } from './program.js';

const launchOfText = (...lines: readonly string[]): Launch =>
  launchOf(unwrap(parseProgram(`buffer Y: f32[64] output\nkernel Y\n${lines.map((line) => `  ${line}\n`).join('')}`)).kernels[0]!.body);

describe('the launch of a kernel', () => {
  it('is one thread where nothing is bound', () => {
    expect(launchOfText('for i < 64: Y[i] = 0')).to.deep.equal({ blocks: [1, 1, 1], threads: [1, 1, 1], sharedBytes: 0 });
  });
  it('is as wide as the widest loop of each index', () => {
    expect(launchOfText('for a < 2 block.y, b < 4 thread.x: Y[4*a+b] = 0', 'for c < 3 block.y, d < 5 thread.z: Y[5*c+d+8] = 0')).to.deep.equal({ blocks: [1, 3, 1], threads: [4, 1, 5], sharedBytes: 0 });
  });
  it('has each shared buffer once, with its slack, to the next 16 bytes', () => {
    const declare = 'declare S: f32[5] shared slack 1';
    expect(launchOfText('for t < 4 thread.x', `  ${declare}`, '  declare T: f64[2] shared', '  Y[t] = 0', 'for u < 4 thread.x', `  ${declare}`, '  Y[u+4] = 0').sharedBytes).to.equal(32 + 16);
  });
});

describe('threads that do not come to a place', () => {
  const launch: Launch = { blocks: [4, 1, 1], threads: [8, 1, 1], sharedBytes: 0 };
  const block: Loop = { variable: loopVariable('b', 4), as: { bound: 'block', dimension: 'x' } };
  const of = (threads: number): Loop => ({ variable: loopVariable('t', threads), as: { bound: 'thread', dimension: 'x' } });
  /** last - loop >= 0 */
  const upTo = ({ variable: v }: Loop, last: number): Guard => [subtract(constant(last), variable(v))];
  it('are those beside a loop that is narrower than the block', () => {
    expect(divergence([block, of(5)], [], launch)).to.deep.equal({ kind: 'loop', loop: of(5).variable, threads: 8 });
    expect(divergence([block, of(8)], [], launch)).to.equal(null);
  });
  it('are those that a guard keeps out; one on blocks keeps out all of a block or none, and one that always holds nobody', () => {
    expect(divergence([block, of(8)], upTo(of(8), 6), launch)).to.deep.equal({ kind: 'guard', condition: upTo(of(8), 6)[0], loop: of(8).variable });
    expect(divergence([block, of(8)], upTo(block, 2), launch)).to.equal(null);
    expect(divergence([block, of(8)], upTo(of(8), 7), launch)).to.equal(null);
  });
});
