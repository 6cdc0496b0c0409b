/** What a worker and the process that builds and measures for it say to each other: plain values, tasks and kernels as text. */
import type { BuildReport, Environment, MeasureRequest, Measurement, Target } from '@loopsmith/contracts';
import type { Outcome } from '@loopsmith/util';
import type { WireCandidate } from '@loopsmith/wire';

/** An artifact with its kernel as text. */
export interface HandsArtifact { readonly id: string; readonly candidate: string; readonly library: string; readonly kernel: string; readonly report: BuildReport }
export interface HandsOptions {
  readonly folder: string;
  readonly plugins: readonly string[];
  readonly hardware: string;
  readonly isa: string;
  readonly threads: number;
  readonly directory: string;
  readonly builds: boolean;
  readonly measures: boolean;
}
export interface Opened { readonly target: Target; readonly environment: Environment | null; readonly protocol: string | null; readonly fingerprint: string | null }

export interface Calls {
  readonly open: { readonly takes: HandsOptions; readonly gives: Outcome<Opened> };
  readonly build: {
    readonly takes: { readonly task: string; readonly candidates: readonly WireCandidate[] };
    readonly gives: readonly Outcome<HandsArtifact>[];
  };
  readonly prepare: { readonly takes: { readonly task: string }; readonly gives: Outcome<null> };
  readonly measure: {
    readonly takes: { readonly task: string; readonly artifact: HandsArtifact; readonly request: MeasureRequest };
    readonly gives: Measurement;
  };
  readonly compare: {
    readonly takes: { readonly task: string; readonly artifacts: readonly HandsArtifact[]; readonly rounds: number; readonly roundNs?: number };
    readonly gives: readonly Measurement[];
  };
  readonly close: { readonly takes: null; readonly gives: null };
}
export type CallName = keyof Calls;
export interface Call { readonly n: number; readonly call: CallName; readonly takes: unknown }
export type Reply =
  | { readonly n: number; readonly ok: true; readonly gives: unknown }
  | { readonly n: number; readonly ok: false; readonly message: string; readonly stack: string };
