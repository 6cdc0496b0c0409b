/** The closing line on the machine's limit: a share of more than all is explained. */
import type { ExtractedTask, Target } from '@loopsmith/contracts';
import { expect } from 'chai';
import { limitLine } from './report.js';
import type { Timing } from './timing.js';

describe('the line on the limit of the machine', () => {
  const tasks = [{ task: { flops: 2e9 }, calls: [0] }] as unknown as readonly ExtractedTask[], timing = (medianMs: number): Timing => ({ medianMs, threads: 1 }) as Timing;
  const line = (medianMs: number): string => limitLine(tasks, {} as Target, 100e9, timing(medianMs));

  it('says what share of it was reached, and why that may be more than all', () => {
    expect(line(40)).to.equal('50.0 GFLOPS, 50 % of the 100 GFLOPS that 1 core reached with multiply-adds alone');
    expect(line(10)).to.equal('200.0 GFLOPS, 200 % of the 100 GFLOPS that 1 core reached with multiply-adds alone, more than all as where Winograd saves arithmetic');
  });
});
