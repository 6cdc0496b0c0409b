/** Runs of a comparison, spread over worker threads where there are several; each worker loads the same plugins. Decides nothing. */
import { simulate, type Pair, type RecordedSpace, type Run } from '@loopsmith/comparison';
import type { Host } from '@loopsmith/host';
import { unwrap } from '@loopsmith/util';
import { Worker } from 'node:worker_threads';
import { openHost } from './compiler.js';
import { namingErrors, namingModelErrors, PluginError } from './naming-plugins.js';
import { readSpace } from './recorded-files.js';
import type { World } from './world.js';

/** All seeds of one pair on one space. */
export interface Job { readonly space: number; readonly number: number; readonly pair: Pair; readonly trials: number; readonly seeds: readonly number[] }
export interface JobList { readonly files: readonly string[]; readonly jobs: readonly Job[]; readonly plugins: readonly string[]; readonly workers: number }
/** What a worker says: that it waits for a job, what one came to, or what a plugin threw; between threads an error would lose its class. */
export type WorkerMessage = 'ready' | readonly Run[] | { readonly thrown: string; readonly stack: string | null };
/** What a worker is started with. */
export interface WorkerData { readonly files: readonly string[]; readonly plugins: readonly string[]; readonly folder: string }

export const runJob = async (host: Host, spaces: readonly RecordedSpace[], { space, number, pair, trials, seeds }: Job): Promise<readonly Run[]> => {
  const strategy = namingErrors(unwrap(await host.strategies.get(pair.strategy))), model = namingModelErrors(unwrap(await host.costModels.get(pair.model)));
  return seeds.map((seed): Run => ({ pair: number, space, seed, trajectory: simulate(spaces[space]!, { strategy, model, seed, trials, batch: pair.batch, alone: pair.alone }) }));
};

/** In the order of the jobs, whatever worker was first. */
export const simulations = async (world: World, { files, jobs, plugins, workers }: JobList): Promise<readonly Run[]> => {
  if (workers <= 1) {
    const host = await openHost(world, plugins), spaces = files.map((file) => readSpace(file, file));
    const runs: Run[] = [];
    for (const job of jobs) runs.push(...await runJob(host, spaces, job));
    return runs;
  }
  const results: (readonly Run[])[] = [];
  let next = 0;
  const work = (): Promise<void> => new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./comparison-worker.js', import.meta.url), { workerData: { files, plugins, folder: world.folder } satisfies WorkerData });
    let current = -1;
    let end = (code: number): void => reject(new Error(`a thread of the comparison ended with ${code} in the middle of its work: most likely by a plugin that calls process.exit`));
    worker.on('exit', (code) => end(code));
    const leave = (how: () => void): void => {
      end = how;
      void worker.terminate();
    };
    const give = (): void => {
      current = next++;
      if (current < jobs.length) worker.postMessage(jobs[current]);
      else leave(resolve);
    };
    const fail = (error: Error): void => {
      // the others end with the job that they have
      next = jobs.length;
      leave(() => reject(error));
    };
    worker.on('message', (message: WorkerMessage) => {
      if (message !== 'ready' && 'thrown' in message) return fail(new PluginError(message.thrown, message.stack));
      if (message !== 'ready') results[current] = message;
      give();
    });
    worker.on('error', fail);
  });
  await Promise.all(Array.from({ length: Math.min(workers, jobs.length) }, work));
  return results.flat();
};
