/** What a run knows of one task: results by candidate and by artifact, the best few of this run and of earlier ones, counts. A fold of measurements; decides nothing. */
import type { Artifact, Candidate, Measurement } from '@loopsmith/contracts';
import { isKept } from './candidate.js';
import { median } from './statistics.js';

/** Candidates whose artifacts are kept for the finals. */
const KEPT = 4;

export interface Ranked { readonly candidate: Candidate; readonly measurement: Measurement; readonly medianNs: number; readonly artifact: Artifact | null }

export interface TaskResults {
  readonly trials: number;
  readonly failures: number;
  readonly untuned: Ranked | null;
  /** Fastest first, distinct artifacts, right answers only, the untuned one among them. */
  readonly best: readonly Ranked[];
  readonly firstFailure: Measurement | null;
  byCandidate(id: string): Measurement | undefined;
  byArtifact(id: string): Measurement | undefined;
  /** A trial of this run. */
  add(candidate: Candidate, measurement: Measurement, artifact: Artifact | null): void;
  /** A measurement of an earlier run: it may be the best, but counts as no trial. */
  remember(candidate: Candidate, measurement: Measurement): void;
}

export const taskResults = (): TaskResults => {
  const byCandidate = new Map<string, Measurement>(), byArtifact = new Map<string, Measurement>();
  let trials = 0, failures = 0, untuned: Ranked | null = null, best: readonly Ranked[] = [], firstFailure: Measurement | null = null;
  /** Among the best if its answers are right; identical code is ranked once. */
  const rank = (candidate: Candidate, measurement: Measurement, artifact: Artifact | null): Ranked | null => {
    // what befell the place at one of two with the same code befalls the other only if it happens again
    const twin = measurement.artifact !== null && byArtifact.has(measurement.artifact), code = isKept(measurement) ? measurement.artifact : null;
    if (!byCandidate.has(candidate.id)) byCandidate.set(candidate.id, measurement);
    if (code !== null && !twin) byArtifact.set(code, measurement);
    if (!measurement.outcome.ok) return null;
    const ranked = { candidate, measurement, medianNs: median(measurement.outcome.value.samplesNs), artifact };
    if (!twin) best = [...best, ranked].sort((a, b) => a.medianNs - b.medianNs).slice(0, KEPT);
    return ranked;
  };
  return {
    get trials() { return trials; },
    get failures() { return failures; },
    get untuned() { return untuned; },
    get best() { return best; },
    get firstFailure() { return firstFailure; },
    byCandidate: (id) => byCandidate.get(id),
    byArtifact: (id) => byArtifact.get(id),
    remember: (candidate, measurement) => { rank(candidate, measurement, null); },
    add: (candidate, measurement, artifact) => {
      trials++;
      const ranked = rank(candidate, measurement, artifact);
      if (ranked === null) {
        failures++;
        firstFailure ??= measurement;
      } else if (measurement.purpose === 'untuned') untuned ??= ranked;
    },
  };
};
