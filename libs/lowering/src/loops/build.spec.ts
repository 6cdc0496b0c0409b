/** What becomes no program: a sum that would be rounded after every term. With a place of its own to accumulate in it is one, and right. */
import { expect } from 'chai';
import { evaluate, parseDefinition, parseSchedule, toNumbers, verifyProgram } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { applySchedule } from '../schedule/apply.js';
import { largestDifference, randomInputs, runProgram } from '../testing/run-program.js';
import { buildProgram } from './build.js';

/** 4096 terms: a half float has lost its low bits long before. */
const sums = unwrap(parseDefinition(`tensor sums(X: f16[3,4096])
  A: f16[i<3] = sum: f32[j<4096] f32(X[i, j])
  Y: f16[i<3] = A[i] + A[i]
`));
const alone = { ...sums, stages: sums.stages.slice(0, 1) };

describe('a half sum that accumulates in single', () => {
  for (const [definition, steps] of [[alone, ''], [sums, 'root A'], [sums, 'computeAt A in Y.i register'], [sums, 'computeAt A in Y.i scratch']] as const)
    it(`is refused in its own memory: ${steps || 'the output'}`, () => {
      expect(buildProgram(unwrap(applySchedule(definition, {}, unwrap(parseSchedule(steps)))))).to.deep.equal({ ok: false, failure: {
        code: 'schedule-incomplete', stage: 'lower', message: 'stage A accumulates in f32, but is stored as f16 after every term; cacheWrite it, so that it is rounded once',
      } });
    });
  for (const [definition, steps] of [[alone, 'cacheWrite A as As; computeAt As in A.i register'], [sums, 'cacheWrite A as As; computeAt A in Y.i scratch; computeAt As in A.i register'], [sums, 'root A; cacheWrite A as As; root As']] as const)
    it(`is rounded once with ${steps}`, () => {
      const plan = unwrap(applySchedule(definition, {}, unwrap(parseSchedule(steps)))), program = unwrap(buildProgram(plan)), inputs = randomInputs(definition, 3);
      expect(verifyProgram(program)).to.deep.equal([]);
      expect(largestDifference(runProgram(plan, program, inputs), toNumbers([...evaluate(definition, inputs).values()][0]!))).to.be.lessThan(1e-6);
    });
});
