/** Target: what a kernel is made for, as numbers that lowering and spaces reason with. No device handle, no compiler path. */
import type { LaunchLimits } from '@loopsmith/ir';

export interface Target {
  /** `x86-avx:avx2`: the hardware plugin's id, a colon, and the ISA. Part of every task key. */
  readonly id: string;
  readonly isa: string;
  /** Bytes of one vector register. */
  readonly vectorBytes: number;
  /** Vector registers that a program can name. */
  readonly registers: number;
  /** Accumulators that compilers keep in registers beside what feeds them; two less than the registers when absent. */
  readonly accumulators?: number;
  /** Vector fused multiply-adds started per cycle, and cycles until one's result can be used. */
  readonly fmaPerCycle: number;
  readonly fmaLatency: number;
  /** Vector loads per cycle. */
  readonly loadsPerCycle: number;
  /** Arithmetic can take an operand straight from memory, wherever it lies: compilers then load a vector again for each of two uses. */
  readonly memoryOperands?: boolean;
  /** Bytes per core (l3: of the whole group of cores). */
  readonly caches: { readonly l1: number; readonly l2: number; readonly l3: number };
  /** Cycles per second to turn cycles into time; an estimate, used for ranking and forecasts only. */
  readonly clock: number;
  /** Bytes per second one core reads from L2, L3 and memory; estimates, used for ranking only. */
  readonly bandwidths: { readonly l2: number; readonly l3: number; readonly memory: number };
  /** Limits of a device that runs kernels as blocks of threads; absent for CPUs. The fields above then speak of one of its units. */
  readonly gpu?: GpuLimits;
}

/** What a launch and one of its blocks may take, and how the device is built, as far as schedules depend on it. */
export interface GpuLimits extends LaunchLimits {
  /** Threads that run in step. */
  readonly warp: number;
  /** 32-bit registers a thread may take before it spills. */
  readonly registersPerThread: number;
  /** Multiprocessors or shader cores, each with blocks of its own. */
  readonly units: number;
  /** 32-bit multiply-adds that one unit starts per cycle. */
  readonly lanesPerUnit: number;
}

/** Where a measurement was made, as far as it can change the result; a field of every record. */
export interface Environment {
  readonly cpu: string;
  readonly isa: string;
  readonly compiler: string;
  readonly os: string;
  readonly threads: number;
  readonly loopsmith: string;
}
