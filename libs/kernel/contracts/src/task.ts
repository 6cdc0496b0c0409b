/** Task, candidate, artifact, measurement, record: the five nouns that every stage, message, log line and table uses. */
import type { Buffer, Definition, Launch, Layout, Schedule } from '@loopsmith/ir';
import type { Failure, Outcome } from '@loopsmith/util';
import type { Point } from './space.js';
import type { Environment, Target } from './target.js';

/**
 * One fused operator with its shapes and layouts on one target for one number of threads.
 * `key` = hash(workload, target id, threads). The workload is the canonical text of the definition (names by position) with
 * the layouts of its run-time tensors; no layer, network, weight value or stage name enters it.
 */
export interface Task {
  readonly key: string;
  readonly workload: string;
  /** For people: `conv2d 3x3 64→128 s2 @56`. */
  readonly label: string;
  readonly definition: Definition;
  /** By name of a run-time input or of the output. */
  readonly layouts: Readonly<Record<string, Layout>>;
  /** Position of the input whose memory the output may take, or null. */
  readonly inPlace: number | null;
  readonly target: Target;
  readonly threads: number;
  /** Only schedules that sum what the definition sums, in any order: none of an algorithm that trades accuracy for speed. No part of the key. */
  readonly exact?: boolean;
  /** Arithmetic of the definition as written (a multiply-add counts 2), the basis of every GFLOP/s. */
  readonly flops: number;
}

/** A task of one network and how often the network calls it. */
export interface ExtractedTask { readonly task: Task; readonly calls: readonly string[] }

/** A task and one schedule for it. `id` = hash(task key, schedule text). */
export interface Candidate {
  readonly id: string;
  readonly task: string;
  readonly point: Point;
  readonly schedule: Schedule;
}

/** One buffer of the kernel ABI, in the order in which the kernel takes them. */
export interface KernelBuffer extends Pick<Buffer, 'role' | 'dtype' | 'size' | 'slack'> {
  /** Definition tensor it holds (temporaries: the stage). */
  readonly tensor: string;
  readonly shape: readonly number[];
  readonly layout: Layout;
}

/** A kernel as text: what an emitter makes of a program. */
export interface KernelSource {
  /** Exported functions, in order, with a team barrier between two. Signature: see the kernel ABI in libs/runtime. */
  readonly symbols: readonly string[];
  readonly source: string;
  readonly buffers: readonly KernelBuffer[];
  /** Bytes of scratch one part needs. */
  readonly scratchBytes: number;
  /** Blocks and threads of each symbol, in order, where kernels are launched on a GPU. */
  readonly launches?: readonly Launch[];
  /**
   * The definition as the schedule rewrote it (`plan.definition`): a `compile` buffer may hold a stage of it that the task's own
   * definition does not have, such as Winograd's U, and has the values of that stage.
   */
  readonly rewritten: Definition;
  /** The algorithm that replaced the direct one, `winograd 4`: it decides how far answers may lie off. Null: none did. */
  readonly algorithm: string | null;
}

/** The built code of a candidate. `id` = hash of its source, so identical code is measured once. */
export interface Artifact {
  readonly id: string;
  readonly candidate: string;
  /** Path of the shared object that holds it (several candidates of a batch share one). */
  readonly library: string;
  readonly kernel: KernelSource;
  readonly report: BuildReport;
}
/** What the compiler made of the hot loop (the innermost loop with multiply-adds). */
export interface BuildReport {
  readonly hotLoopInstructions: number;
  readonly hotLoopStackAccesses: number;
  readonly sourceBytes: number;
  /** Of the instructions of the hot loop. */
  readonly hotLoopMultiplyAdds?: number;
  /** What each kernel takes of a GPU, in order, where the device's compiler tells. */
  readonly resources?: readonly KernelResources[];
  /** Computed from the code, never a time that was taken. */
  readonly modelled?: ModelledFigures;
}
/** As the compiler of the device counts them, before anything runs. */
export interface KernelResources {
  /** 32-bit registers of one thread. */
  readonly registers: number;
  /** Registers that the threads of a wave share, on devices that have such. */
  readonly scalarRegisters?: number;
  /** Bytes of one thread that go to memory because registers ran out. */
  readonly spilledBytes: number;
  /** Bytes that a block shares. */
  readonly sharedBytes: number;
}
export interface ModelledFigures {
  /** One call of the kernel, by the draft model of its plan. */
  readonly draftNs: number;
  /** Cycles of one iteration of the hot loop by a model of the processor's pipeline; null where there is none. */
  readonly hotLoopCycles: number | null;
  /** What gave the cycles: `llvm-mca-19 cortex-a72`. */
  readonly by: string | null;
}

/** `untuned`: the draft model's choice. `search`: a proposal. `final`: the interleaved comparison of the best few. */
export type Purpose = 'untuned' | 'search' | 'final';
/** measured: this device ran it. emulated: an emulator stood in, answers count, time does not. modelled: computed from the code. */
export type FigureKind = 'measured' | 'emulated' | 'modelled';

/** What one candidate took, answers checked before. */
export interface Timing {
  readonly kind: FigureKind;
  /** Every raw sample, nanoseconds of one call. */
  readonly samplesNs: readonly number[];
  /** Largest |out - ref| / tolerance over the output, both input sets; <= 1 or the candidate has failed. */
  readonly error: number;
}

export interface Measurement {
  readonly candidate: string;
  readonly task: string;
  readonly purpose: Purpose;
  readonly repeat: number;
  readonly artifact: string | null;
  readonly report: BuildReport | null;
  readonly outcome: Outcome<Timing>;
}

/**
 * A measurement kept, with all that is needed to trust and replay it: one JSON object per line of the record file, no
 * header. `id` = hash(task, schedule, purpose, repeat, environment, protocol); lines of before the protocol was part of it keep the ids
 * they have. A failure of the place (`ofThePlace`) is no record.
 */
export interface TuningRecord {
  readonly v: 1;
  readonly id: string;
  readonly task: string;
  readonly label: string;
  readonly workload: string;
  /** The steps as text, `; ` between two. */
  readonly schedule: string;
  readonly point: Point;
  /** Id and version of the space the point belongs to. */
  readonly space: string;
  readonly purpose: Purpose;
  readonly repeat: number;
  readonly outcome: { readonly ok: true } & Timing | { readonly ok: false; readonly failure: Failure };
  readonly artifact: string | null;
  readonly report: BuildReport | null;
  readonly environment: Environment;
  /** Version of the measuring protocol and how warm weights were: `1 weights-l3`. */
  readonly protocol: string;
  readonly strategy: string;
  readonly model: string;
  readonly seed: number;
  /** ISO time, written by the rim. */
  readonly time: string;
}
