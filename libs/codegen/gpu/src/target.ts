/** A Target of a GPU from limits and figures of a data sheet: what spaces and drafts of all GPUs ask of one. Asks no driver. */
import type { GpuLimits, Target } from '@loopsmith/contracts';
import { mostTogether } from './dialect.js';

/** `lanes`: elements of f32 in one register of a thread. */
export const gpuTarget = (
  plugin: string, isa: string, gpu: GpuLimits,
  { clock, bytesPerSecond, l1, l2 }: { readonly clock: number; readonly bytesPerSecond: number; readonly l1: number; readonly l2: number }, lanes = 1,
): Target => ({
  id: `${plugin}:${isa}`, isa, gpu, clock, vectorBytes: mostTogether, registers: gpu.registersPerThread / lanes, fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1,
  caches: { l1, l2, l3: l2 }, bandwidths: { l2: 4 * bytesPerSecond, l3: 4 * bytesPerSecond, memory: bytesPerSecond },
});
