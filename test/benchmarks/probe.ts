/**
 * What the cores can do right now, and in which of the two states of a shared machine they are: with both cores on one L3 a
 * cache line goes round in some 100 ns (near), over two L3s in some 400 (far), and times of two threads differ by up to 1.8.
 */
import type { Target } from '@loopsmith/contracts';
import { allowedCpus, parsePeak, peakLines, startHarness, type PeakFigures, type PeakIsa } from '@loopsmith/runtime';
import { unwrap } from '@loopsmith/util';

/** `disturbed`: something else ran on one of the two cores. */
export type State = 'near' | 'far' | 'between' | 'disturbed' | 'one core';
export interface Probe {
  readonly state: State;
  /** Round trip of a cache line between two cores, 0 where there is one. */
  readonly pingPongNs: number;
  /** f32 operations and bytes read from memory per second, by as many cores as were asked for. */
  readonly flops: number;
  readonly memoryBytesPerSecond: number;
}
export interface Prober { probe(threads: number): Promise<Probe>; close(): Promise<void> }

const stateOf = (ns: number): State => (ns === 0 ? 'one core' : ns <= 200 ? 'near' : ns < 300 ? 'between' : ns < 1000 ? 'far' : 'disturbed');

export const peakIsa = ({ isa }: Target): PeakIsa => (isa === 'avx512' || isa === 'avx2' ? isa : 'sse');

export const openProber = async (target: Target, directory: string): Promise<Prober> => {
  const harness = unwrap(await startHarness({ directory }));
  const cpus = allowedCpus();
  const peak = async (cores: readonly number[]): Promise<PeakFigures> => unwrap(parsePeak(unwrap(await harness.command(peakLines(peakIsa(target), cores, target.caches)))));
  return {
    probe: async (threads) => {
      const { flops, memoryBytesPerSecond, pingPongNs } = await peak(cpus.slice(-threads));
      const between = threads > 1 || cpus.length < 2 ? pingPongNs : (await peak(cpus.slice(-2))).pingPongNs;
      return { state: stateOf(between), pingPongNs: between, flops, memoryBytesPerSecond };
    },
    close: () => harness.close(),
  };
};
