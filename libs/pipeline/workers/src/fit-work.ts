/** The fit stage as a worker: observations of a task to a fitted model, a value in the store. Holds nothing between requests but drafts. */
import type { Observation, Space, Task } from '@loopsmith/contracts';
import { fitter, rememberingDrafts } from '@loopsmith/stages';
import { succeed, unwrap } from '@loopsmith/util';
import type { ArtifactStore, FitRequest, Outgoing } from '@loopsmith/wire';
import type { Answering } from './answering.js';
import type { WorkerPlugins } from './plugins.js';
import { storedTasks } from './stored.js';

export const fitWork = (plugins: WorkerPlugins, store: ArtifactStore, { worker, now }: Answering) => {
  const taskOf = storedTasks(store), spaces = new Map<string, Space>();
  const spaceOf = async (task: Task): Promise<Space> => {
    let space = spaces.get(task.key);
    if (!space) {
      // `x86-avx:avx2`: the plugin's id before the colon
      spaces.set(task.key, space = rememberingDrafts(unwrap(await plugins.hardware.get(task.target.id.split(':')[0]!)).space(task)));
      if (spaces.size > 64) spaces.delete(spaces.keys().next().value!);
    }
    return space;
  };
  return async (request: FitRequest): Promise<readonly Outgoing[]> => {
    const task = await taskOf(request.task), model = unwrap(await plugins.costModels.get(request.costModel)), space = await spaceOf(task);
    const observations = JSON.parse(unwrap(await store.getText(request.observations))) as readonly Observation[];
    const state = await fitter(model, () => space)(task, observations);
    const outcome = succeed(state === null ? null : await store.put(JSON.stringify(state)));
    return [{ topic: 'fitted', message: { v: 1, id: request.id, job: request.job, worker, at: now(), outcome } }];
  };
};
