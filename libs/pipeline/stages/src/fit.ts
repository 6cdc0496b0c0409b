/** The stage that teaches the cost model: per batch its observations in proposal order, and the model fitted on all batches of the task so far. */
import type { CostModel, Observation, Space, Task } from '@loopsmith/contracts';
import type { Json } from '@loopsmith/util';
import { concatMap, filter, pipe } from 'rxjs';
import { median } from './statistics.js';
import type { Fitted, Measured, Stage } from './stage.js';

/** What the observations of a task teach; null when there is nothing to learn from. The list only ever grows, by a batch at a time. */
export type Fitter = (task: Task, observations: readonly Observation[]) => Promise<Json | null>;

/** Fits in this process, on spaces that remember their drafts: every call brings all observations again. */
export const fitter = (model: CostModel, spaceOf: (task: string) => Space): Fitter => async (task, observations) => {
  const space = spaceOf(task.key);
  const examples = observations.map(({ point, milliseconds }) => ({ draft: space.draft(point), milliseconds })).filter(({ draft }) => draft.refused === null);
  return examples.length === 0 ? null : model.fit(examples);
};

export const fit = (teach: Fitter): Stage<Measured, Fitted> => {
  const observed = new Map<string, readonly Observation[]>();
  return pipe(
    filter((message) => message.kind === 'batch'),
    concatMap(async ({ batch: { task, batch, candidates }, measurements }): Promise<Fitted> => {
      // an aborted batch has fewer measurements than candidates
      const observations = measurements.map(({ outcome }, i): Observation => ({
        point: candidates[i]!.point,
        milliseconds: outcome.ok ? median(outcome.value.samplesNs) / 1e6 : null,
        failure: outcome.ok ? null : outcome.failure.code,
      }));
      const all = [...(observed.get(task.key) ?? []), ...observations];
      observed.set(task.key, all);
      return { task, batch, observations, model: await teach(task, all) };
    }),
  );
};
