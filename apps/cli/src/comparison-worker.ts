/** A worker thread of `compare-strategies`: loads plugins and spaces once, then runs the jobs it is sent. */
import { createHost, pluginSource } from '@loopsmith/host';
import { unwrap } from '@loopsmith/util';
import { parentPort, workerData } from 'node:worker_threads';
import { runJob, type Job, type WorkerData } from './comparison-jobs.js';
import { builtInPlugins } from './plugins.js';
import { readSpace } from './recorded-files.js';

const { files, plugins, folder } = workerData as WorkerData;
const host = unwrap(await createHost([...builtInPlugins, ...plugins.map((name) => pluginSource(name, folder))]));
const spaces = files.map((file) => readSpace(file, file));
// a job that throws ends the worker, which is how whoever started it hears of it
parentPort!.on('message', (job: Job) => { void runJob(host, spaces, job).then((runs) => parentPort!.postMessage(runs)); });
parentPort!.postMessage('ready');
