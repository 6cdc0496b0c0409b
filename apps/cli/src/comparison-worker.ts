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
parentPort!.on('message', (job: Job) => parentPort!.postMessage(runJob(host, spaces, job)));
parentPort!.postMessage('ready');
