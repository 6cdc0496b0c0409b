/** The long form of test/e2e/sanitizers.spec.ts: 300 random legal schedules under the address and undefined-behaviour sanitizers. */
import { command, cpu, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { randomCaseFlags, randomCases, runSanitized } from '../e2e/sanitized-kernels.js';

describe('kernels of 300 random schedules under sanitizers', function () {
  this.timeout(1_800_000);
  before(function () { needs(this, command('gcc'), cpu('avx2')); });

  for (let batch = 0; batch < 6; batch++)
    it(`are clean and right: ${50 * batch + 1} to ${50 * (batch + 1)}`, () => {
      const cases = randomCases(50, 1000 + 50 * batch);
      runSanitized(cases, randomCaseFlags, 'reverse').forEach((buffers, i) => expect(cases[i]!.errorOf(buffers), cases[i]!.what).to.be.lessThan(1e-5));
    });
});
