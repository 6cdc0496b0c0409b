/** Kernels under sanitizers: random legal schedules are clean and right, and what is wrong on purpose is seen. */
import { command, cpu, needs } from '@loopsmith/testing';
import { expect } from 'chai';
import { asPlugin, randomCaseFlags, randomCases, runSanitized, type SanitizedCase } from './sanitized-kernels.js';

const floats = (...values: readonly number[]): { readonly bytes: Uint8Array; readonly slackBytes: number } => ({ bytes: new Uint8Array(Float32Array.from(values).buffer), slackBytes: 0 });

/** Running sums of eight numbers in four parts, each of which goes on from what the part before it left: a race. */
const race: SanitizedCase = {
  source: `void race(void *const *buffers, void *scratch, int part, int parts) {
    const float *x = buffers[0]; float *y = buffers[1];
    for (int i = part * 8 / parts; i < (part + 1) * 8 / parts; i++) y[i] = x[i] + (i > 0 ? y[i - 1] : 0);
  }`,
  symbols: ['race'], scratchBytes: 0, parts: 4, buffers: [floats(1, 1, 1, 1, 1, 1, 1, 1), floats(0, 0, 0, 0, 0, 0, 0, 0)],
};
const planted = (body: string): SanitizedCase => ({ ...race, source: `void race(void *const *buffers, void *scratch, int part, int parts) { float *x = buffers[0], *y = buffers[1]; ${body} }` });

describe('kernels under sanitizers', function () {
  before(function () { needs(this, command('gcc'), cpu('avx2')); });

  it('of 24 random legal schedules are clean and right, the last part first', () => {
    const cases = randomCases(24, 1);
    runSanitized(cases, randomCaseFlags, 'reverse').forEach((buffers, i) => expect(cases[i]!.errorOf(buffers), cases[i]!.what).to.be.lessThan(1e-5));
  });

  it('of 24 random legal schedules as assembly are right and stay within their buffers', () => {
    const cases = randomCases(24, 1, asPlugin('avx2'));
    expect(cases.filter(({ source }) => source.includes('__asm__('))).to.have.length.greaterThan(12);
    runSanitized(cases, randomCaseFlags, 'reverse', 'pages').forEach((buffers, i) => expect(cases[i]!.errorOf(buffers), cases[i]!.what).to.be.lessThan(1e-5));
    expect(() => runSanitized([planted('y[0] = x[16];')], [], 'forward', 'pages')).to.throw().with.property('signal', 'SIGSEGV');
  });

  it('show a race between parts once they run in another order', () => {
    const sums = (order: 'forward' | 'reverse'): readonly number[] => [...new Float32Array(new Uint8Array(runSanitized([race], [], order)[0]![1]!).buffer)];
    expect(sums('forward')).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(sums('reverse')).to.deep.equal([1, 2, 1, 2, 1, 2, 1, 2]);
  });

  it('are caught when they read or write outside, or compute what C leaves undefined', () => {
    expect(() => runSanitized([planted('y[0] = x[8];')], [], 'forward')).to.throw(/heap-buffer-overflow/);
    expect(() => runSanitized([planted('y[part == 0 ? 8 : 0] = 1;')], [], 'forward')).to.throw(/heap-buffer-overflow/);
    expect(() => runSanitized([planted('y[0] = 1 << (part + 32);')], [], 'forward')).to.throw(/shift exponent 32 is too large/);
  });
});
