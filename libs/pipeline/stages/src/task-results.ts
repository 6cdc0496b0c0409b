/** What a run knows of one task: results by candidate and by artifact, the best few, counts. A fold of measurements; decides nothing. */
import type { Artifact, Candidate, Measurement } from '@loopsmith/contracts';
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
  add(candidate: Candidate, measurement: Measurement, artifact: Artifact | null): void;
}

export const taskResults = (): TaskResults => {
  const byCandidate = new Map<string, Measurement>(), byArtifact = new Map<string, Measurement>();
  let trials = 0, failures = 0, untuned: Ranked | null = null, best: readonly Ranked[] = [], firstFailure: Measurement | null = null;
  return {
    get trials() { return trials; },
    get failures() { return failures; },
    get untuned() { return untuned; },
    get best() { return best; },
    get firstFailure() { return firstFailure; },
    byCandidate: (id) => byCandidate.get(id),
    byArtifact: (id) => byArtifact.get(id),
    add: (candidate, measurement, artifact) => {
      trials++;
      if (!byCandidate.has(candidate.id)) byCandidate.set(candidate.id, measurement);
      const twin = measurement.artifact !== null && byArtifact.has(measurement.artifact);
      if (measurement.artifact !== null && !twin) byArtifact.set(measurement.artifact, measurement);
      if (!measurement.outcome.ok) {
        failures++;
        firstFailure ??= measurement;
        return;
      }
      const ranked = { candidate, measurement, medianNs: median(measurement.outcome.value.samplesNs), artifact };
      if (measurement.purpose === 'untuned') untuned ??= ranked;
      if (!twin) best = [...best, ranked].sort((a, b) => a.medianNs - b.medianNs).slice(0, KEPT);
    },
  };
};
