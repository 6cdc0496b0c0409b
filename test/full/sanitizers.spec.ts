/** The long form of test/e2e/sanitizers.spec.ts: 300 random legal schedules in C under the address and undefined-behaviour sanitizers, and as many as assembly between pages that cannot be touched. */
import { x86IsaFlags } from '@loopsmith/codegen-c-family';
import { command, cpu, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { asPlugin, randomCaseFlags, randomCases, runSanitized } from '../e2e/sanitized-kernels.js';

describe('kernels of 300 random schedules under sanitizers', function () {
  this.timeout(1_800_000);
  before(function () { needs(this, command('gcc'), cpu('avx2')); });

  for (let batch = 0; batch < 6; batch++)
    it(`are clean and right: ${50 * batch + 1} to ${50 * (batch + 1)}`, () => {
      const cases = randomCases(50, 1000 + 50 * batch);
      runSanitized(cases, randomCaseFlags, 'reverse').forEach((buffers, i) => expect(cases[i]!.errorOf(buffers), cases[i]!.what).to.be.lessThan(1e-5));
    });

  for (const name of ['avx2', 'avx512'] as const) for (let batch = 0; batch < 6; batch++)
    it(`are right and stay within their buffers as assembly for ${name}: ${50 * batch + 1} to ${50 * (batch + 1)}`, function () {
      if (name === 'avx512') needs(this, cpu('avx512f'), cpu('avx512dq'), cpu('avx512vl'), cpu('avx512bw'));
      const cases = randomCases(50, 5000 + 50 * batch, asPlugin(name));
      expect(cases.filter(({ source }) => source.includes('__asm__('))).to.have.length.greaterThan(20);
      runSanitized(cases, x86IsaFlags[name], 'reverse', 'pages').forEach((buffers, i) => expect(cases[i]!.errorOf(buffers), cases[i]!.what).to.be.lessThan(1e-5));
    });
});
