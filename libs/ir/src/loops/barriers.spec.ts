/** Threads that meet in shared memory, as expanded programs say it: vectors, addresses, gathers and branches. Structured ones, and where barriers are put, are tested with `launchKernels`. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { parseProgram } from '../testing/parse-program.js';
import { sharedHazards } from './barriers.js';

/** Of eight threads, each of which runs these lines; S is shared. */
const hazards = (...lines: readonly string[]): readonly (readonly [first: string, second: string])[] => {
  const head = 'buffer X: f32[64] input\nbuffer Y: f32[64] output\nkernel Y launch blocks 1 1 1, threads 8 1 1, shared 256 bytes\n  for t < 8 thread.x\n    declare S: f32[64] shared\n';
  const program = unwrap(parseProgram(`${head}${lines.map((line) => `    ${line}\n`).join('')}`));
  return sharedHazards(program.kernels[0]!).map(({ first, second }) => [first, second]);
};

describe('threads that meet in shared memory', () => {
  const stored = 'write S[4*t] = load4 X[4*t]';
  for (const [what, apart, meeting] of [
    ['vectors, all their lanes', 'write Y[4*t] = load4 S[4*t]', 'write Y[4*t] = load4 S[4*t-1]'],
    ['vectors that are stored', 'write S[4*t+32] = load4 X[4*t]', 'write S[4*t+3] = load4 X[4*t]'],
    ['lanes that lie apart, and what lies between', 'write Y[4*t] = gather2 S[4*t] step 3', 'write Y[4*t] = gather2 S[4*t] step 4'],
    ['a branch, where its guard lets them', 'Y[t] = select -t >= 0 then S[3] else 0', 'Y[t] = select -t+1 >= 0 then S[3] else 0'],
    ['the other branch, in which all come', 'Y[t] = select -t >= 0 then 0 else S[4*t+3]', 'Y[t] = select -t >= 0 then 0 else S[3]'],
  ] as const)
    it(`are found by ${what}`, () => {
      expect(hazards(stored, apart)).to.deep.equal([]);
      expect(hazards(stored, meeting)).to.deep.equal([[stored, meeting]]);
      expect(hazards(stored, 'barrier block 0', meeting)).to.deep.equal([]);
    });

  it('are found through addresses', () => {
    const through = (at: number): readonly string[] => ['address p = S + 4*t', 'write p[0] = load4 X[4*t]', 'address q = S + 4*t', `write Y[4*t] = load4 q[${at}]`];
    expect(hazards(...through(0))).to.deep.equal([]);
    expect(hazards(...through(1))).to.deep.equal([['write p[0] = load4 X[4*t]', 'write Y[4*t] = load4 q[1]']]);
  });
});
