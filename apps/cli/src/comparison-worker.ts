/** A worker thread of `compare-strategies`: loads plugins and spaces once, then runs the jobs it is sent. */
import { createHost, pluginSource } from '@loopsmith/host';
import { unwrap } from '@loopsmith/util';
import { parentPort, workerData } from 'node:worker_threads';
import { runJob, type Job, type WorkerData, type WorkerMessage } from './comparison-jobs.js';
import { PluginError } from './naming-plugins.js';
import { builtInPlugins } from './plugins.js';
import { readSpace } from './recorded-files.js';

const { files, plugins, folder } = workerData as WorkerData;
const host = unwrap(await createHost([...builtInPlugins, ...plugins.map((name) => pluginSource(name, folder))]));
const spaces = files.map((file) => readSpace(file, file));
const say = (message: WorkerMessage): void => parentPort!.postMessage(message);
/** Anything but a plugin's error ends the worker, which is how whoever started it hears of it. */
const answer = async (job: Job): Promise<void> => {
  try {
    say(await runJob(host, spaces, job));
  } catch (error) {
    if (!(error instanceof PluginError)) throw error;
    say({ thrown: error.message, stack: error.stack ?? null });
  }
};
parentPort!.on('message', (job: Job) => { void answer(job); });
say('ready');
