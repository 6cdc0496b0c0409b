/**
 * The stage that measures a batch, candidate by candidate in proposal order. Identical code is measured once. Whoever builds on the
 * measured cores waits for the whole batch: one turn per candidate had one core idle until the compiler on the other was done, every time.
 * An abort ends the batch after the candidate that is running. Compares no answers itself: the bench does, before it gives a time.
 */
import type { Artifact, Bench, Candidate, Measurement } from '@loopsmith/contracts';
import { succeed, type Failure, type Outcome } from '@loopsmith/util';
import { concatMap, from } from 'rxjs';
import type { Benches } from './benches.js';
import { guard } from './guard.js';
import { failedMeasurement } from './propose.js';
import type { Built, Measured, Stage } from './stage.js';
import type { TaskResults } from './task-results.js';
import { takeTurn, type Turns } from './turns.js';

export const measure = (benches: Benches, resultsOf: (task: string) => TaskResults, turns: Turns, signal: AbortSignal): Stage<Built, Measured> =>
  concatMap((batch) => from(measureBatch(batch, benches, resultsOf(batch.task.key), turns, signal)));

async function* measureBatch(batch: Built, benches: Benches, results: TaskResults, turns: Turns, signal: AbortSignal): AsyncGenerator<Measured> {
  const measurements: Measurement[] = [];
  let turn = null as Promise<() => void> | null;
  // not before its bench is there and all is made: compilers need not wait for inputs, right answers and weights
  const begin = async (bench: Bench): Promise<void> => { await (turn ??= allReady(bench, batch, results).then(() => takeTurn(turns))); };
  const ahead = benches.several && !signal.aborted ? startAll(batch, benches, results) : null;
  let blocked: Failure | null = null;
  try {
    for (const candidate of batch.candidates) {
      const before = batch.known.get(candidate.id) ?? results.byCandidate(candidate.id);
      const known = before && { ...before, purpose: batch.purpose };
      const built = batch.artifacts.get(candidate.id);
      if (known) {
        results.add(candidate, known, null);
        measurements.push(known);
        yield { kind: 'trial', batch, candidate, measurement: known, artifact: null, fresh: false };
        continue;
      }
      if (signal.aborted || !built) break;
      const measured = await (ahead?.get(candidate.id) ?? measureOne(batch, candidate, built, benches, results, begin));
      // an abort may end a compiler or a kernel: such a failure says nothing of the candidate
      if (signal.aborted && (!measured.ok || !measured.value.outcome.ok)) break;
      if (!measured.ok) { blocked = measured.failure; break; }
      const artifact = built.ok ? built.value : null;
      results.add(candidate, measured.value, artifact);
      measurements.push(measured.value);
      yield { kind: 'trial', batch, candidate, measurement: measured.value, artifact, fresh: true };
    }
  } finally {
    (await turn)?.();
  }
  yield { kind: 'batch', batch, measurements, blocked };
}

/** Every measurement of a batch, begun at once: one per artifact that nothing is known of. The cutoff is what was known before the batch, so that it depends on no timing. */
const startAll = (batch: Built, benches: Benches, results: TaskResults): ReadonlyMap<string, Promise<Outcome<Measurement>>> => {
  const started = new Map<string, Promise<Outcome<Measurement>>>(), artifacts = new Set<string>();
  for (const { id, ...candidate } of batch.candidates) {
    const built = batch.artifacts.get(id);
    if (!built?.ok || batch.known.has(id) || results.byCandidate(id) || results.byArtifact(built.value.id) || artifacts.has(built.value.id)) continue;
    artifacts.add(built.value.id);
    started.set(id, measureOne(batch, { id, ...candidate }, built, benches, results, () => Promise.resolve()));
  }
  return started;
};

/** A Failure here means that nothing of this task can be measured; a candidate's own failure is inside the measurement. */
const measureOne = async (
  batch: Built, candidate: Candidate, built: Outcome<Artifact>, benches: Benches, results: TaskResults, begin: (bench: Bench) => Promise<void>,
): Promise<Outcome<Measurement>> => {
  const { task, purpose } = batch;
  if (!built.ok) return succeed(failedMeasurement(task.key, candidate.id, purpose, built.failure));
  const artifact = built.value;
  const twin = results.byArtifact(artifact.id);
  if (twin) return succeed({ ...twin, candidate: candidate.id, purpose, repeat: 0, report: artifact.report });
  return benches.use(task, async (bench) => {
    await begin(bench);
    return measureArtifact(bench, batch, candidate, artifact, results.best[0]?.medianNs ?? null);
  });
};

/** All that a batch is going to measure. What a plugin throws here it throws again when it measures. */
const allReady = async (bench: Bench, { task, artifacts }: Built, results: TaskResults): Promise<void> => {
  for (const built of artifacts.values())
    if (built.ok && !results.byArtifact(built.value.id)) await guard('measure', `the bench of ${task.target.id}`, async () => succeed(await bench.ready?.(built.value)));
};

const measureArtifact = async (bench: Bench, { task, purpose }: Built, candidate: Candidate, artifact: Artifact, cutoffNs: number | null): Promise<Measurement> => {
  const measurement = await guard('measure', `the bench of ${task.target.id}`, async () => succeed(await bench.measure(artifact, { purpose, repeat: 0, cutoffNs })));
  return measurement.ok ? measurement.value : { ...failedMeasurement(task.key, candidate.id, purpose, measurement.failure), artifact: artifact.id, report: artifact.report };
};
