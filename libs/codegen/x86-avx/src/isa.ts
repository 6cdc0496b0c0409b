/**
 * The instruction sets of this plugin as a table: what lowering needs to know, what the compiler is told, what a library
 * checks before it runs. ISA by name, never `-march=native`: the same name makes the same code on every machine.
 */
import { gccAvx2, gccAvx512, gccFlags, portable, x86IsaFlags, type Spellings } from '@loopsmith/codegen-c-family';
import type { Toolchain } from '@loopsmith/codegen-cpu';
import type { Target } from '@loopsmith/contracts';
import { assemblyFor } from './assembly/kernel.js';

export interface Isa {
  readonly name: 'avx512' | 'avx2' | 'sse2';
  readonly core: Pick<Target, 'vectorBytes' | 'registers' | 'fmaPerCycle' | 'fmaLatency' | 'loadsPerCycle' | 'memoryOperands'>;
  readonly toolchain: Toolchain;
}

export const gcc = { compiler: 'gcc', install: 'apt-get install gcc libc6-dev' } as const;
/**
 * `-fno-schedule-insns2`: these cores order instructions themselves, and gcc's pass takes 6 % of a compiler's instructions (decision 251).
 * `features` as `/proc/cpuinfo` and `__builtin_cpu_supports` name them; all must be there.
 */
const toolchain = (isaFlags: readonly string[], features: readonly string[], spellings: Spellings): Toolchain =>
  ({ ...gcc, archiver: 'ar', machine: [], kernelFlags: gccFlags(['-fno-schedule-insns2', ...isaFlags]), referenceFlags: isaFlags, spellings, features, program: 'shared' });

/** Best first. Latencies and ports: Zen 3 to 5 and Skylake-SP to Sapphire Rapids agree on these; they rank drafts and decide nothing. */
export const isas: readonly Isa[] = [
  {
    name: 'avx512',
    core: { vectorBytes: 64, registers: 32, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2, memoryOperands: true },
    toolchain: toolchain(x86IsaFlags.avx512, ['avx512f', 'avx512vl', 'avx512dq', 'avx512bw', 'fma'], { ...gccAvx512, assembly: assemblyFor({ vectorBytes: 64, registers: 32 }) }),
  },
  {
    name: 'avx2',
    core: { vectorBytes: 32, registers: 16, fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2, memoryOperands: true },
    toolchain: toolchain(x86IsaFlags.avx2, ['avx2', 'fma'], { ...gccAvx2, assembly: assemblyFor({ vectorBytes: 32, registers: 16 }) }),
  },
  // every x86-64 has it; a multiply and an add where the others have one instruction, and operands in memory only where they are aligned
  {
    name: 'sse2',
    core: { vectorBytes: 16, registers: 16, fmaPerCycle: 1, fmaLatency: 8, loadsPerCycle: 2, memoryOperands: false },
    toolchain: toolchain(x86IsaFlags.scalar, [], portable),
  },
];
