/**
 * Every message that passes between workers, version 1. Ids are hashes of content, so a message that is sent again is the same
 * message. Large values lie in the artifact store and are named by their SHA-256. No message names a module or a path.
 */
import type { BuildReport, Environment, Measurement, Point, Purpose, Target, TuningEvent, TuningRecord } from '@loopsmith/contracts';
import type { Failure } from '@loopsmith/util';

/** A name in the artifact store. */
export type Sha256 = string;
export type WireOutcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** What a job is. Its id is a hash of this: the same again is the same job. */
export interface Submission {
  readonly name: string;
  readonly model: Sha256;
  /** Id of the front end, and the base name of the model's file. */
  readonly format: string;
  readonly file: string;
  /** Files beside the model that its front end read, and folders that it listed, by relative path. */
  readonly beside: Readonly<Record<string, Sha256>>;
  readonly listings: Readonly<Record<string, readonly string[]>>;
  /** Cuts of the model by names of its tensors; null: its own. */
  readonly inputs: readonly string[] | null;
  readonly outputs: readonly string[] | null;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  /** Inputs that become constants, as .npy. */
  readonly values: Readonly<Record<string, Sha256>>;
  /** Id of the hardware plugin, and the device that is to measure, as a worker announced it. */
  readonly hardware: string;
  readonly target: Target;
  readonly environment: Environment;
  readonly protocol: string;
  readonly threads: number;
  readonly exact: boolean;
  readonly strategy: string;
  readonly costModel: string;
  readonly budget: { readonly kind: 'trials'; readonly trials: number } | { readonly kind: 'time'; readonly milliseconds: number; readonly stopBelow?: number };
  readonly seed: number;
  /** From 1; a job that was cancelled or failed is submitted anew as the next. */
  readonly attempt: number;
}

export type JobMessage =
  | { readonly v: 1; readonly kind: 'submitted'; readonly job: string; readonly submission: Submission; readonly time: string }
  | { readonly v: 1; readonly kind: 'cancelled'; readonly job: string; readonly time: string };

export interface Extracted { readonly v: 1; readonly job: string; readonly submission: Submission; /** A list of `WireTask` with their calls. */ readonly tasks: Sha256 }

export interface WireCandidate { readonly id: string; readonly point: Point; /** Steps as text. */ readonly schedule: string }

/** Every request is answered once; `id` = hash of job and content. */
interface Request {
  readonly v: 1;
  readonly id: string;
  readonly job: string;
  /** Of the owner that asks; see `RunMessage`. */ readonly epoch: number;
  /** A `WireTask`. */ readonly task: Sha256;
  /** How often this was asked for before, because an artifact was lost. */ readonly again: number;
}
interface Answer {
  readonly v: 1;
  /** Of the request. */ readonly id: string;
  readonly job: string;
  readonly worker: string;
  /** Milliseconds since 1970 by the worker's clock. */ readonly at: number;
}

export interface BuildRequest extends Request { readonly candidates: readonly WireCandidate[] }
export interface ArtifactRef {
  readonly id: string;
  readonly candidate: string;
  /** A `WireKernel`. */
  readonly kernel: Sha256;
  readonly library: Sha256;
  readonly report: BuildReport;
}
/** Per candidate, in the order of the request. A Failure outside is of the infrastructure. */
export interface BuildAnswer extends Answer { readonly outcome: WireOutcome<readonly WireOutcome<ArtifactRef>[]> }

export type MeasureWork =
  /** Whether the task can be measured at all. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'measure'; readonly artifacts: readonly [ArtifactRef]; readonly purpose: Purpose; readonly repeat: number; readonly cutoffNs: number | null }
  /** Interleaved rounds; `roundNs`: see `Bench`. */
  | { readonly kind: 'compare'; readonly artifacts: readonly ArtifactRef[]; readonly rounds: number; readonly roundNs?: number };
/** `device`: fingerprint of the one that is to measure. */
export interface MeasureRequest extends Request { readonly device: string; readonly work: MeasureWork }
/** Measurements in the order of the artifacts. `lost`: artifacts that are not in the store any more, or not as they were; build them again. */
export interface MeasureAnswer extends Answer { readonly outcome: WireOutcome<readonly Measurement[]>; readonly lost: readonly string[] }

export interface FitRequest extends Request { readonly costModel: string; /** A list of `Observation`: of all batches up to this one. */ readonly observations: Sha256 }
/** The fitted model: JSON in the store; null before anything can be learned. */
export interface FitAnswer extends Answer { readonly outcome: WireOutcome<Sha256 | null> }

export type JobEvent = TuningEvent | { readonly event: 'job-ended'; readonly how: 'finished' | 'cancelled' | 'failed'; readonly failure: Failure | null };

/**
 * The story of a job as its owner tells it. A claim begins an epoch, which is the offset of the claim; whatever comes after it
 * with a lower epoch is a former owner's and ignored. `id` names what is told (an event of the run, a record): told twice, it counts once.
 * An owner says that it lives when it has come to where it waits for others, and when it leaves: a claim that no such word follows is that of a
 * process which ended in the middle of the job.
 */
export type RunMessage =
  | { readonly v: 1; readonly job: string; readonly kind: 'claim'; readonly worker: string }
  | { readonly v: 1; readonly job: string; readonly kind: 'alive'; readonly epoch: number }
  | { readonly v: 1; readonly job: string; readonly kind: 'event'; readonly epoch: number; readonly id: string; readonly event: JobEvent }
  | { readonly v: 1; readonly job: string; readonly kind: 'record'; readonly epoch: number; readonly id: string; readonly record: TuningRecord };

export interface Presence {
  readonly v: 1;
  readonly worker: string;
  readonly stages: readonly StageName[];
  readonly at: number;
  readonly leaving: boolean;
  /** What it measures on. */
  readonly device: DeviceDescription | null;
}
export interface DeviceDescription { readonly hardware: string; readonly target: Target; readonly environment: Environment; readonly protocol: string }

export interface DeadLetter {
  readonly v: 1;
  readonly topic: string;
  /** Of the message, where it could be read. */
  readonly id: string | null;
  readonly worker: string;
  readonly attempts: number;
  readonly reason: Failure;
  /** The message as it came. */
  readonly text: string;
  readonly time: string;
}

export const stageNames = ['extract', 'propose', 'build', 'measure', 'fit'] as const;
export type StageName = (typeof stageNames)[number];
