/** Figures of timings, and who runs when. */
import type { TensorData } from '@loopsmith/ir';
import { expect } from 'chai';
import { alternatingSamples, timingOf } from './timing.js';
import type { Session } from '@loopsmith/contracts';

describe('timing', () => {
  it('gives mean, sample standard deviation, minimum and median', () => {
    expect(timingOf([2, 4, 4, 4, 5, 5, 7, 9], 2)).to.deep.equal({ meanMs: 5, stdMs: Math.sqrt(32 / 7), minMs: 2, medianMs: 4.5, runs: 8, threads: 2 });
    expect(timingOf([3], 1)).to.deep.equal({ meanMs: 3, stdMs: 0, minMs: 3, medianMs: 3, runs: 1, threads: 1 });
    // of a small network, ten seconds long: more than a call takes arguments
    expect(timingOf(new Array<number>(1_000_000).fill(0.5), 1)).to.deep.equal({ meanMs: 0.5, stdMs: 0, minMs: 0.5, medianMs: 0.5, runs: 1_000_000, threads: 1 });
  });

  it('runs several sessions by turns, warm first', async () => {
    let now = 0;
    const order: string[] = [];
    const session = (name: string, takes: number): { readonly session: Session; readonly inputs: ReadonlyMap<string, TensorData> } => ({
      inputs: new Map(), session: { kind: 'measured', how: 'fake', threads: 1, inputs: [], outputs: [], close: () => Promise.resolve(), run: () => { now += takes; order.push(name); return Promise.resolve(new Map<string, TensorData>()); } },
    });
    const timed = { clock: { now: () => now, time: () => '' }, threads: 1, seconds: 0.3, leastRuns: 2 };
    const samples = await alternatingSamples([session('a', 50), session('b', 100)], timed);
    // three rounds are 450 ms, which is warm; then four rounds of 150 ms fill 2 x 0.3 s
    expect(order.join('')).to.equal('ab'.repeat(7));
    expect(samples).to.deep.equal([[50, 50, 50, 50], [100, 100, 100, 100]]);
    expect(await alternatingSamples([session('a', 50)], { ...timed, mostRuns: 3 })).to.deep.equal([[50, 50, 50]]);
  });
});
