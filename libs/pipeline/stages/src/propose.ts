/**
 * The stage that asks a strategy for the next batch. Batch r is proposed from the results of batches up to r-2 exactly, with
 * the model fitted on those, whatever else is known by then: so proposals are a pure function of seed and results. Batch 0 is
 * the untuned schedule.
 */
import type { Candidate, CostModel, Draft, Measurement, Point, Predictor, SearchContext, SearchSession, SearchStrategy, Space, TaskHistory } from '@loopsmith/contracts';
import { canonicalJson, fail, shortHash, type Failure, type Json, type Random } from '@loopsmith/util';
import { map } from 'rxjs';
import { candidateOf } from './candidate.js';
import type { Fitted, Order, Proposed, Stage } from './stage.js';

export interface ProposeOptions {
  readonly strategy: SearchStrategy;
  readonly model: CostModel;
  /** The stream of a task is forked from it by the task's key. */
  readonly random: Random;
  spaceOf(task: string): Space;
  /** What earlier runs measured of other tasks, most similar first; absent where nothing is known. */
  historyOf?(task: string): readonly TaskHistory[];
  /** What batch `batch` of a task taught. */
  fitted(task: string, batch: number): Fitted;
  known(candidate: Candidate): Measurement | undefined;
}

export const propose = (options: ProposeOptions): Stage<Order, Proposed> => {
  const searches = new Map<string, { readonly space: Space; readonly session: SearchSession; readonly predict: (state: Json | null) => Predictor }>();
  const searchOf = (key: string): NonNullable<ReturnType<typeof searches.get>> => {
    let search = searches.get(key);
    if (!search) {
      const space = options.spaceOf(key);
      search = { space, session: options.strategy.start(contextOf(options, space, key)), predict: predictorOf(space, options.model) };
      searches.set(key, search);
    }
    return search;
  };
  return map(({ task, batch, count }): Proposed => {
    const { space, session, predict } = searchOf(task.key);
    let points: readonly Point[];
    if (batch === 0) points = [space.untuned()];
    else {
      const before = batch >= 2 ? options.fitted(task.key, batch - 2) : null;
      if (before) session.observe(before.observations);
      points = session.propose(count, predict(before?.model ?? null)).slice(0, count);
    }
    const known = new Map<string, Measurement>();
    const purpose = batch === 0 ? 'untuned' : 'search';
    const candidates = points.map((point): Candidate => {
      const candidate = candidateOf(task, space, point);
      if (!candidate.ok) {
        // a strategy that ignored the predictor: the point has no schedule, hence no record; the failure still comes back to it
        const id = shortHash(`${task.key}\n${canonicalJson({ ...point })}`);
        known.set(id, failedMeasurement(task.key, id, purpose, candidate.failure));
        return { id, task: task.key, point, schedule: [] };
      }
      const measurement = options.known(candidate.value);
      if (measurement) known.set(candidate.value.id, measurement);
      return candidate.value;
    });
    return { task, batch, purpose, candidates, known };
  });
};

/** What others taught is read from all records, and most strategies never ask. */
const contextOf = ({ random, historyOf }: ProposeOptions, space: Space, key: string): SearchContext => {
  let history: readonly TaskHistory[] | undefined;
  return { space, random: random.fork(key), get history() { return history ??= historyOf?.(key) ?? []; } };
};

export const failedMeasurement = (task: string, candidate: string, purpose: Measurement['purpose'], failure: Failure): Measurement =>
  ({ candidate, task, purpose, repeat: 0, artifact: null, report: null, outcome: fail(failure) });

/** Predictions over drafts, made once per draft: the space has to be one that remembers them. A point without a legal schedule counts as refused. */
export const predictorOf = (space: Space, model: CostModel) => (state: Json | null): Predictor => {
  const known = new Map<Draft, number>();
  return (points) => {
    const asked = points.map((point) => space.draft(point)), fresh = [...new Set(asked)].filter((draft) => draft.refused === null && !known.has(draft));
    const predicted = fresh.length > 0 ? model.predict(state, fresh) : [];
    fresh.forEach((draft, i) => known.set(draft, predicted[i]!));
    return Float64Array.from(asked, (draft) => known.get(draft) ?? Infinity);
  };
};
