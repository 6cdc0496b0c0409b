/** A hardware plugin: limits, spaces, emitter, toolchain and device of one kind of hardware. */
import type { MemoryPlan, Network, Plan, Program, Schedule } from '@loopsmith/ir';
import type { Outcome } from '@loopsmith/util';
import type { Requirement } from './requirement.js';
import type { Session } from './session.js';
import type { Space } from './space.js';
import type { Environment, Target } from './target.js';
import type { Artifact, Candidate, KernelSource, Measurement, Purpose, Task } from './task.js';

export const HardwarePlugin = Symbol.for('loopsmith/HardwarePlugin');
export interface HardwarePlugin {
  readonly id: string;
  /** ISA names it can make code for: `x86-avx:avx2` is named by the plugin's id and one of these. */
  readonly isas: readonly string[];
  /** The target of an ISA, or of this machine for `host`; a Failure says why this machine cannot. */
  resolve(isa: string): Promise<Outcome<Target>>;
  /** Lanes of the channel block that the whole graph uses (1: plain layouts). */
  channelBlock(target: Target): number;
  space(task: Task): Space;
  /** Lowers a schedule to the program and the plan it came from. Pure. */
  lower(task: Task, schedule: Schedule): Outcome<Lowered>;
  /** Prints a program as a translation unit of its own. Pure. */
  emit(task: Task, lowered: Lowered, symbol: string): KernelSource;
  /** A builder for candidates; `directory` holds what it makes. It runs a compiler per lane, one for every CPU of this machine when none are given. */
  builder(target: Target, directory: string, lanes?: readonly Lane[]): Promise<Outcome<Builder>>;
  /** Refuses with `device-missing` where nothing of the target can be measured here. */
  device(target: Target, options: DeviceOptions): Promise<Outcome<Device>>;
  /** Writes the deployable folder. */
  package(request: PackageRequest): Promise<Outcome<PackageReport>>;
  /** Runs a folder of a target of this plugin here, with as many threads as it was compiled for when `threads` is 0. */
  session(directory: string, threads: number): Promise<Outcome<Session>>;
  /** What it needs on this machine, found or not. Starts programs to ask for their versions, and changes nothing. */
  requirements(): Promise<readonly Requirement[]>;
}

/** A schedule on its way to text: the plan it folded into, and the expanded program. */
export interface Lowered { readonly plan: Plan; readonly program: Program }

/** Where one compiler runs at a time. A lane on CPUs that measurements need too gives compilers and measurements their turns. */
export interface Lane {
  readonly cpus: readonly number[];
  /** Compilers run within such work, from start to end: all that this lane builds of one batch. */
  turn<T>(work: () => Promise<T>): Promise<T>;
}

export interface Builder {
  /** Compiler and flags, part of the environment. */
  readonly fingerprint: string;
  /** One process builds the whole batch; a candidate that fails costs only itself. Answers in the order of the batch. */
  build(task: Task, batch: readonly Candidate[], signal?: AbortSignal): Promise<readonly Outcome<Artifact>[]>;
  /**
   * The id of the artifact that `build` would make, found without a compiler: it tells whether a schedule's code is still what was measured
   * once. Absent where only building tells.
   */
  identify?(task: Task, candidate: Candidate): Outcome<string>;
}

/** What a kernel is built and measured for at most: MAX_THREADS in `libs/runtime/native/harness/candidate.h`. */
export const mostThreads = 256;

export interface DeviceOptions {
  readonly threads: number;
  /** Holds what outlives runs and is shared by them: the measuring program, compiled references. */
  readonly directory: string;
  /** A folder of this run alone, for what ends with it; in `directory` when absent. */
  readonly scratch?: string;
  readonly seed: number;
  /**
   * Bytes of all weights of the network that kernels are measured for: what does not stay in a cache between two runs is not there when a kernel is
   * timed. Absent: it all stays.
   */
  readonly weightBytes?: number;
  /**
   * Where the device is not here: check answers on what stands in for it and give times computed from the code. Every outcome
   * is of kind `modelled`, and the environment is one that no measurement has.
   */
  readonly modelled?: boolean;
}
export interface Device {
  readonly environment: Environment;
  /** CPUs of this machine that measurements run on, where nothing may be built meanwhile; absent when they run elsewhere. */
  readonly cpus?: readonly number[];
  /** It stands for several devices of one kind: measurements may be asked for side by side. */
  readonly several?: boolean;
  /** Version and temperature of the measuring protocol. */
  readonly protocol: string;
  /** Inputs, reference and tolerance for one task; checks the compiled reference against `evaluate`. */
  prepare(task: Task): Promise<Outcome<Bench>>;
  /** What the device's cores reach with multiply-adds alone, measured now: f32 operations per second. Absent where nobody can say. */
  limit?(): Promise<Outcome<number>>;
  close(): Promise<void>;
}
/** One task ready to be measured. */
export interface Bench {
  /**
   * Makes what measuring this artifact needs beside it, such as weights that were transformed at compile time: asked before the cores are the
   * bench's own, so that nobody waits for it there. What goes wrong is told when the artifact is measured. Absent where there is nothing to make.
   */
  ready?(artifact: Artifact): Promise<void>;
  measure(artifact: Artifact, request: MeasureRequest): Promise<Measurement>;
  /**
   * Rounds of one sample each, candidates interleaved, what finals need: sample i of each belongs to round i. Answers in order.
   * `roundNs`: nanoseconds that one call of each is known to take together, by which the device knows when it has waited long enough.
   */
  compare(artifacts: readonly Artifact[], rounds: number, roundNs?: number): Promise<readonly Measurement[]>;
  close(): Promise<void>;
}
export interface MeasureRequest {
  readonly purpose: Purpose;
  readonly repeat: number;
  /** Samples are cut short once the candidate is clearly slower than this. */
  readonly cutoffNs: number | null;
}

export interface PackageRequest {
  readonly network: Network;
  readonly memory: MemoryPlan;
  readonly target: Target;
  readonly threads: number;
  /** Per call of the network: its task and the schedule chosen for it. */
  readonly kernels: readonly { readonly task: Task; readonly schedule: Schedule; readonly record: string | null }[];
  readonly directory: string;
  /** Ends compilers: the answer is then the failure `cancelled`, and the folder holds what it held before. */
  readonly signal?: AbortSignal | undefined;
  /** Of the model file, for the manifest. */
  readonly modelHash: string;
}
export interface PackageReport { readonly files: readonly string[]; readonly libraryBytes: number; readonly weightBytes: number; readonly arenaBytes: number }
