/**
 * The Arm processors of this plugin as a table: two architectures by name, and cores of them. Figures rank drafts and decide
 * nothing: pipes and latencies from Arm's software optimization guides of each core, caches as its usual boards have them.
 * An architecture by itself means the least of its cores.
 */
export type Architecture = 'aarch64' | 'armv7';

export interface ArmCpu {
  /** What a target is called: `arm-neon:cortex-a72`. */
  readonly name: string;
  readonly architecture: Architecture;
  /** What the compiler, the emulator and the pipeline model call it; null: the architecture's own default. */
  readonly compiler: string | null;
  readonly emulator: string | null;
  readonly pipelines: string | null;
  /** Four-lane multiply-adds started per cycle, and cycles until one's result can be used. */
  readonly fmaPerCycle: number;
  readonly fmaLatency: number;
  readonly loadsPerCycle: number;
  readonly clock: number;
  readonly caches: { readonly l1: number; readonly l2: number; readonly l3: number };
}

const caches = (l1: number, l2: number, l3: number): ArmCpu['caches'] => ({ l1: l1 << 10, l2: l2 << 10, l3: l3 << 10 });

/** Registers are those of the architecture: 32 of four floats in 64-bit state, 16 in 32-bit state. */
export const armCpus: readonly ArmCpu[] = [
  { name: 'aarch64', architecture: 'aarch64', compiler: null, emulator: null, pipelines: 'cortex-a53',
    fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1, clock: 1.5e9, caches: caches(32, 512, 512) },
  // an older emulator knows no Cortex-A55, whose instructions the A76 has too
  { name: 'cortex-a53', architecture: 'aarch64', compiler: 'cortex-a53', emulator: 'cortex-a53', pipelines: 'cortex-a53',
    fmaPerCycle: 1, fmaLatency: 8, loadsPerCycle: 1, clock: 1.4e9, caches: caches(32, 512, 512) },
  { name: 'cortex-a55', architecture: 'aarch64', compiler: 'cortex-a55', emulator: 'cortex-a76', pipelines: 'cortex-a55',
    fmaPerCycle: 1, fmaLatency: 4, loadsPerCycle: 1, clock: 1.8e9, caches: caches(32, 128, 1024) },
  { name: 'cortex-a72', architecture: 'aarch64', compiler: 'cortex-a72', emulator: 'cortex-a72', pipelines: 'cortex-a72',
    fmaPerCycle: 1, fmaLatency: 7, loadsPerCycle: 1, clock: 1.5e9, caches: caches(32, 1024, 1024) },
  // its pipeline model in LLVM is that of an older core; Neoverse N1 is the A76 for servers
  { name: 'cortex-a76', architecture: 'aarch64', compiler: 'cortex-a76', emulator: 'cortex-a76', pipelines: 'neoverse-n1',
    fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2, clock: 2.4e9, caches: caches(64, 512, 2048) },
  { name: 'neoverse-n1', architecture: 'aarch64', compiler: 'neoverse-n1', emulator: 'neoverse-n1', pipelines: 'neoverse-n1',
    fmaPerCycle: 2, fmaLatency: 4, loadsPerCycle: 2, clock: 2.6e9, caches: caches(64, 1024, 32768) },
  { name: 'armv7', architecture: 'armv7', compiler: null, emulator: null, pipelines: 'cortex-a9',
    fmaPerCycle: 0.5, fmaLatency: 9, loadsPerCycle: 1, clock: 1e9, caches: caches(32, 512, 512) },
  { name: 'cortex-a7', architecture: 'armv7', compiler: 'cortex-a7', emulator: 'cortex-a7', pipelines: null,
    fmaPerCycle: 0.25, fmaLatency: 8, loadsPerCycle: 1, clock: 0.9e9, caches: caches(32, 512, 512) },
  { name: 'cortex-a9', architecture: 'armv7', compiler: 'cortex-a9', emulator: 'cortex-a9', pipelines: 'cortex-a9',
    fmaPerCycle: 0.5, fmaLatency: 9, loadsPerCycle: 1, clock: 1e9, caches: caches(32, 512, 512) },
  { name: 'cortex-a15', architecture: 'armv7', compiler: 'cortex-a15', emulator: 'cortex-a15', pipelines: 'cortex-a9',
    fmaPerCycle: 1, fmaLatency: 8, loadsPerCycle: 1, clock: 1.7e9, caches: caches(32, 1024, 1024) },
];
