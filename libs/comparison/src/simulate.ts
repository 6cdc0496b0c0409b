/**
 * One search on a recorded space, in virtual time. Batches follow the rule of a real run: the untuned point first, then batch r from
 * the results up to r-2, while one batch builds another is measured. A measurement draws one of the recorded ones, so a search
 * meets the noise that there was; what a search found is judged by all samples.
 */
import { pointKey, type CostModel, type Observation, type SearchStrategy, type Space } from '@loopsmith/contracts';
import { batchCount, median, predictorOf, recallOfFastest } from '@loopsmith/stages';
import { rankCorrelation, seededRandom, type Json } from '@loopsmith/util';
import { recordedTime, spaceOfRecord, type RecordedPoint, type RecordedSpace } from './recorded-space.js';

interface SimulationOptions {
  readonly strategy: SearchStrategy;
  readonly model: CostModel;
  readonly seed: number;
  readonly trials: number;
  /** Candidates of every batch; null: as in a real run, few at first. */
  readonly batch: number | null;
  /** As methods were published: from nothing, not from the untuned point, and one batch after the other. */
  readonly alone?: boolean;
}

/** After each trial, the untuned one first. */
export interface Step {
  /** Virtual milliseconds since the start. */
  readonly at: number;
  /** True time of what finals over the best few measured so far would choose, relative to the optimum; null before anything gave right answers. */
  readonly slowdown: number | null;
}
export interface Trajectory {
  readonly steps: readonly Step[];
  /** Rank correlation of predictions with results that the model had not seen, over all batches after the first two; null without any. */
  readonly heldOutRank: number | null;
  /** Share of the fastest tenth of those results that the model put into its own fastest tenth. */
  readonly heldOutRecall: number | null;
}

/** Of a real run's batches at most. */
const USUAL_BATCH = 16;
/** Schedules that finals compare: see `finalists` of the stages. */
const FINALISTS = 4;

export const simulate = (recorded: RecordedSpace, { strategy, model, seed, trials, batch, alone = false }: SimulationOptions): Trajectory => {
  const { choices, label } = recorded.head, { space, byKey, optimum } = preparedOf(recorded);
  const random = seededRandom(seed), session = strategy.start({ space, random: random.fork(label) }), noise = random.fork('noise');
  const predict = predictorOf(space, model);
  const steps: Step[] = [], examples: { draft: ReturnType<typeof space.draft>; milliseconds: number | null }[] = [];
  const batches: { readonly observations: readonly Observation[]; readonly examples: number }[] = [];
  let best: readonly { readonly observed: number; readonly truth: number }[] = [], built = 0, measured = 0;
  const ends: number[] = [], predicted: number[] = [], found: number[] = [];
  const lag = alone ? 1 : 2;
  for (let number = 0; steps.length < trials; number++) {
    const before = number >= lag ? batches[number - lag]! : null;
    if (before) session.observe(before.observations);
    // fitted when it is asked for, not when its batch ends: nobody asks for the last ones
    const state: Json | null = before ? model.fit(examples.slice(0, before.examples)) : null;
    const count = Math.min(batch ?? batchCount(alone ? number + 1 : number, USUAL_BATCH), trials - steps.length);
    const points = number === 0 && !alone ? [space.untuned()] : session.propose(count, predict(state)).slice(0, count);
    if (points.length === 0) break;
    const known = points.map((point) => byKey.get(pointKey(choices, point)));
    // building waits for the results it was proposed from, and for the builder
    built = Math.max(built, ends[number - lag] ?? 0) + known.reduce((sum, one) => sum + (one?.buildMilliseconds ?? 0), 0);
    measured = Math.max(measured, built);
    const observations = points.map((point, i): Observation => {
      const one = known[i];
      // of a strategy that ignored the predictor: as in a real run there is nothing to build, and the point fails
      if (!one) {
        steps.push({ at: measured, slowdown: slowdownOf(best, optimum) });
        return { point, milliseconds: null, failure: 'schedule-illegal' };
      }
      const milliseconds = drawn(one, noise.next()), truth = recordedTime(one);
      measured += one.measureMilliseconds;
      if (milliseconds !== null && truth !== null) best = [...best, { observed: milliseconds, truth }].sort((a, b) => a.observed - b.observed).slice(0, FINALISTS);
      steps.push({ at: measured, slowdown: slowdownOf(best, optimum) });
      return { point: one.point, milliseconds, failure: one.failure };
    });
    ends.push(measured);
    if (before) {
      const guesses = predict(state)(points);
      observations.forEach(({ milliseconds }, i) => { if (milliseconds !== null) { predicted.push(guesses[i]!); found.push(milliseconds); } });
    }
    examples.push(...observations.map(({ point, milliseconds }) => ({ draft: space.draft(point), milliseconds })));
    batches.push({ observations, examples: examples.length });
  }
  return { steps, heldOutRank: found.length < 3 ? null : rankCorrelation(predicted, found), heldOutRecall: found.length < 10 ? null : recallOfFastest(predicted, found) };
};

const slowdownOf = (best: readonly { readonly truth: number }[], optimum: number): number | null =>
  (best.length === 0 ? null : Math.min(...best.map(({ truth }) => truth)) / optimum);

interface Prepared { readonly space: Space; readonly byKey: ReadonlyMap<string, RecordedPoint>; readonly optimum: number }

/** The same for every search on a space; made once, as most of a short search would be spent on it. */
const prepared = new WeakMap<RecordedSpace, Prepared>();
const preparedOf = (recorded: RecordedSpace): Prepared => {
  const known = prepared.get(recorded) ?? {
    space: spaceOfRecord(recorded),
    byKey: new Map(recorded.points.map((one) => [pointKey(recorded.head.choices, one.point), one])),
    optimum: optimumOf(recorded),
  };
  prepared.set(recorded, known);
  return known;
};

/** The least true time of the space, in milliseconds. */
export const optimumOf = (recorded: RecordedSpace): number =>
  recorded.points.reduce((least, one) => Math.min(least, recordedTime(one) ?? Infinity), Infinity);

const drawn = ({ samplesNs }: RecordedPoint, chance: number): number | null =>
  samplesNs.length === 0 ? null : median(samplesNs[Math.floor(chance * samplesNs.length)]!) / 1e6;

/** Trials until the search is within `share` of the optimum; null when it never was. */
export const trialsWithin = ({ steps }: Trajectory, share: number): number | null => {
  const at = steps.findIndex(({ slowdown }) => slowdown !== null && slowdown <= 1 + share);
  return at < 0 ? null : at + 1;
};
/** The same in virtual milliseconds. */
export const timeWithin = (trajectory: Trajectory, share: number): number | null => {
  const trials = trialsWithin(trajectory, share);
  return trials === null ? null : trajectory.steps[trials - 1]!.at;
};
