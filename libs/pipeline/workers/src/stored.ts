/** Tasks from the artifact store, read once: every request names its task by hash. Throws what the store refuses, for a worker that lacks a task cannot work. */
import type { Task } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { readTask, type ArtifactStore, type Sha256 } from '@loopsmith/wire';

export const storedTasks = (store: ArtifactStore): ((name: Sha256) => Promise<Task>) => {
  const known = new Map<Sha256, Task>();
  return async (name) => {
    let task = known.get(name);
    if (!task) {
      known.set(name, task = unwrap(readTask(unwrap(await store.getText(name)))));
      if (known.size > 256) known.delete(known.keys().next().value!);
    }
    return task;
  };
};
