/**
 * The finals of one task: its best few schedules and the untuned one, measured again side by side in interleaved rounds, since
 * differences between separate measurements are mostly noise. Measures and answers; who won is read from the records.
 */
import type { Artifact, Builder, Candidate, Measurement, Task } from '@loopsmith/contracts';
import { succeed, type Outcome } from '@loopsmith/util';
import type { Benches } from './benches.js';
import { guard } from './guard.js';
import type { Ranked, TaskResults } from './task-results.js';
import type { Turns } from './turns.js';

/** Rounds of one sample each: enough for a 95 % interval of the median to fall between the samples' 10th and 21st. */
const ROUNDS = 30;
/** Where kernels take seconds there are fewer rounds, those of a minute; never so few that the faster one may lose none (see `chooseWinner`). */
const FEWEST_ROUNDS = 12, ENOUGH_NS = 60e9;
/** Of finals whose rounds take so long. The records say how many there were by the number of samples. */
export const roundsFor = (roundNs: number): number => Math.max(FEWEST_ROUNDS, Math.min(ROUNDS, Math.floor(ENOUGH_NS / roundNs)));
/** A schedule this much slower than the best in the search cannot win any more. */
const WITHIN = 1.3;

export interface FinalistResult { readonly candidate: Candidate; readonly measurement: Measurement }

/** The untuned schedule first, then the others fastest first. Nothing to compare when fewer than two. */
export const finalistsOf = (results: TaskResults): readonly Ranked[] => {
  const { best, untuned } = results;
  const contenders = best.filter(({ measurement, medianNs }) => measurement.artifact !== untuned?.measurement.artifact && medianNs <= best[0]!.medianNs * WITHIN);
  return untuned ? [untuned, ...contenders] : contenders;
};

/** Builds what has no artifact from this run, then compares. Answers per finalist that could be built; a Failure when the device cannot compare. */
export const runFinals = async (
  task: Task,
  finalists: readonly Ranked[],
  repeat: number,
  builder: Builder,
  benches: Benches,
  measuring: Turns,
  signal: AbortSignal,
): Promise<Outcome<readonly FinalistResult[]>> => {
  const missing = finalists.filter(({ artifact }) => artifact === null).map(({ candidate }) => candidate);
  const rebuilt = new Map<string, Artifact>();
  if (missing.length > 0) {
    const built = await guard('build', `the builder of ${task.target.id}`, async () => succeed(await builder.build(task, missing, signal)));
    if (!built.ok) return built;
    built.value.forEach((outcome, i) => {
      if (outcome.ok) rebuilt.set(missing[i]!.id, outcome.value);
    });
  }
  const ready = finalists.flatMap(({ candidate, artifact, medianNs }) => {
      const found = artifact ?? rebuilt.get(candidate.id);
      return found ? [{ candidate, artifact: found, medianNs }] : [];
    }),
    roundNs = ready.reduce((sum, { medianNs }) => sum + medianNs, 0);
  const used = await benches.use(task, (bench) =>
    measuring(() =>
      guard('measure', `the bench of ${task.target.id}`, async () =>
        succeed(
          await bench.compare(
            ready.map(({ artifact }) => artifact),
            roundsFor(roundNs),
            roundNs,
          ),
        ),
      ),
    ),
  );
  const compared = used.ok ? used.value : used;
  if (!compared.ok) return compared;
  return succeed(
    compared.value.map((measurement, i) => {
      const { candidate, artifact } = ready[i]!;
      return {
        candidate,
        measurement: {
          ...measurement,
          candidate: candidate.id,
          task: task.key,
          purpose: 'final',
          repeat,
          artifact: artifact.id,
          report: artifact.report,
        },
      };
    }),
  );
};
