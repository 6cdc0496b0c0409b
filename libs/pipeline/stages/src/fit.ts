/** The stage that teaches the cost model: per batch its observations in proposal order, and the model fitted on all batches of the task so far. */
import type { CostModel, Draft, Observation, Space, Task } from '@loopsmith/contracts';
import type { Json } from '@loopsmith/util';
import { filter, map, pipe } from 'rxjs';
import { median } from './statistics.js';
import type { Fitted, Measured, Stage } from './stage.js';

interface Example { readonly draft: Draft; readonly milliseconds: number | null }

/** Folds batches in their order: what one batch taught, and the model fitted on all batches of its task so far. */
export const teacher = (model: CostModel, spaceOf: (task: string) => Space): ((task: Task, batch: number, observations: readonly Observation[]) => Fitted) => {
  const examples = new Map<string, readonly Example[]>();
  return (task, batch, observations) => {
    const space = spaceOf(task.key);
    const drafted = observations.map(({ point, milliseconds }) => ({ draft: space.draft(point), milliseconds }));
    const all = [...(examples.get(task.key) ?? []), ...drafted.filter(({ draft }) => draft.refused === null)];
    examples.set(task.key, all);
    const state: Json | null = all.length === 0 ? null : model.fit(all);
    return { task, batch, observations, model: state };
  };
};

export const fit = (model: CostModel, spaceOf: (task: string) => Space): Stage<Measured, Fitted> => {
  const teach = teacher(model, spaceOf);
  return pipe(
    filter((message) => message.kind === 'batch'),
    // an aborted batch has fewer measurements than candidates
    map(({ batch: { task, batch, candidates }, measurements }) => teach(task, batch, measurements.map(({ outcome }, i): Observation => ({
      point: candidates[i]!.point,
      milliseconds: outcome.ok ? median(outcome.value.samplesNs) / 1e6 : null,
      failure: outcome.ok ? null : outcome.failure.code,
    })))),
  );
};
