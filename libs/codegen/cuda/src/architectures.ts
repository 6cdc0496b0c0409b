/**
 * NVIDIA's architectures by name, as targets: limits of a launch are those of the CUDA C++ programming guide's table of compute
 * capabilities; units, clock and bandwidth are data-sheet figures of one well-known device, for ranking only. Asks no driver.
 */
import { gpuTarget } from '@loopsmith/codegen-gpu';
import type { GpuLimits, Target } from '@loopsmith/contracts';

export const pluginId = 'cuda';

interface Architecture {
  readonly name: string;
  /** Multiprocessors of the device that stands for it, and what each multiplies and adds a cycle. */
  readonly units: number;
  readonly lanesPerUnit: number;
  readonly clock: number;
  readonly bytesPerSecond: number;
  readonly l2: number;
}

const architectures: readonly Architecture[] = [
  // GeForce GTX 1080 Ti
  { name: 'sm_61', units: 28, lanesPerUnit: 128, clock: 1.58e9, bytesPerSecond: 484e9, l2: 2.75 * 2 ** 20 },
  // T4
  { name: 'sm_75', units: 40, lanesPerUnit: 64, clock: 1.59e9, bytesPerSecond: 320e9, l2: 4 * 2 ** 20 },
  // A100
  { name: 'sm_80', units: 108, lanesPerUnit: 64, clock: 1.41e9, bytesPerSecond: 1555e9, l2: 40 * 2 ** 20 },
  // GeForce RTX 3080
  { name: 'sm_86', units: 68, lanesPerUnit: 128, clock: 1.71e9, bytesPerSecond: 760e9, l2: 5 * 2 ** 20 },
  // H100 SXM
  { name: 'sm_90', units: 132, lanesPerUnit: 128, clock: 1.83e9, bytesPerSecond: 3350e9, l2: 50 * 2 ** 20 },
];

export const architectureNames: readonly string[] = architectures.map(({ name }) => name);

/**
 * Shared memory that a kernel may declare is 48 KiB on all of them; more has to be asked for when it is launched. A thread may name 255 registers;
 * half of that keeps two blocks of 256 on a unit.
 */
const limitsOf = ({ units, lanesPerUnit }: Architecture): GpuLimits => ({
  warp: 32, threadsPerBlock: 1024, threads: [1024, 1024, 64], blocks: [2 ** 31 - 1, 65535, 65535], sharedBytes: 48 << 10, registersPerThread: 128, units, lanesPerUnit,
});

const numberOf = (name: string): number => Number(/^sm_(\d+)$/.exec(name)?.[1] ?? Number.NaN);

/** The one of these whose code a device of that architecture runs: of the same major number, and the newest that is not newer. */
export const architectureFor = (device: string): string | null => {
  const wanted = numberOf(device);
  return architectureNames.findLast((name) => Math.floor(numberOf(name) / 10) === Math.floor(wanted / 10) && numberOf(name) <= wanted) ?? null;
};

export const targetOf = (isa: string): Target => {
  const architecture = architectures.find(({ name }) => name === isa);
  if (!architecture) throw new Error(`${pluginId}:${isa} is no target of ${pluginId}`);
  return gpuTarget(pluginId, isa, limitsOf(architecture), { ...architecture, l1: 48 << 10 });
};
