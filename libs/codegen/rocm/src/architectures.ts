/**
 * AMD's architectures by name, as targets: limits of a block are those of the instruction set (LLVM, User Guide for AMDGPU Backend);
 * units, clock and bandwidth are data-sheet figures of one well-known device, for ranking only. Asks no driver.
 */
import { gpuTarget } from '@loopsmith/codegen-gpu';
import type { GpuLimits, Target } from '@loopsmith/contracts';

export const pluginId = 'rocm';

interface Architecture {
  readonly name: string;
  /** Threads that run in step: 64, or 32 since RDNA, as the compiler takes it. */
  readonly wave: 32 | 64;
  /** Compute units of the device that stands for it, and what each multiplies and adds a cycle. */
  readonly units: number;
  readonly lanesPerUnit: number;
  readonly clock: number;
  readonly bytesPerSecond: number;
  readonly l2: number;
}

const architectures: readonly Architecture[] = [
  // Radeon RX Vega 64
  { name: 'gfx900', wave: 64, units: 64, lanesPerUnit: 64, clock: 1.55e9, bytesPerSecond: 484e9, l2: 4 * 2 ** 20 },
  // Instinct MI50
  { name: 'gfx906', wave: 64, units: 60, lanesPerUnit: 64, clock: 1.75e9, bytesPerSecond: 1024e9, l2: 4 * 2 ** 20 },
  // Instinct MI210
  { name: 'gfx90a', wave: 64, units: 104, lanesPerUnit: 64, clock: 1.7e9, bytesPerSecond: 1638e9, l2: 8 * 2 ** 20 },
  // Radeon RX 6900 XT
  { name: 'gfx1030', wave: 32, units: 80, lanesPerUnit: 64, clock: 2.25e9, bytesPerSecond: 512e9, l2: 4 * 2 ** 20 },
  // Radeon RX 7900 XTX
  { name: 'gfx1100', wave: 32, units: 96, lanesPerUnit: 64, clock: 2.5e9, bytesPerSecond: 960e9, l2: 6 * 2 ** 20 },
];

export const architectureNames: readonly string[] = architectures.map(({ name }) => name);

export const architectureOf = (isa: string): Architecture => {
  const architecture = architectures.find(({ name }) => name === isa);
  if (!architecture) throw new Error(`${pluginId}:${isa} is no target of ${pluginId}`);
  return architecture;
};

/** A block shares 64 KiB. A thread may name 256 registers; half of that keeps two waves on each quarter of a unit, which hide each other's waits. */
const limitsOf = ({ wave, units, lanesPerUnit }: Architecture): GpuLimits => ({
  warp: wave, threadsPerBlock: 1024, threads: [1024, 1024, 1024], blocks: [2 ** 31 - 1, 65535, 65535], sharedBytes: 64 << 10, registersPerThread: 128, units, lanesPerUnit,
});

export const targetOf = (isa: string): Target => {
  const architecture = architectureOf(isa);
  return gpuTarget(pluginId, isa, limitsOf(architecture), { ...architecture, l1: 16 << 10 });
};
