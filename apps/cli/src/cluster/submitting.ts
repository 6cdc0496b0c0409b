/** `tune` on a cluster: looks for workers that can do it, hands the model over, follows the job, and ends as a run in one process does. Measures nothing. */
import { toNetwork } from '@loopsmith/lowering';
import { writeNpy } from '@loopsmith/npy';
import { bestSchedules, networkOptions } from '@loopsmith/stages';
import { refuse, unwrap } from '@loopsmith/util';
import { openArtifactStore, stageNames, type ArtifactStore, type DeviceDescription, type Presence, type Submission } from '@loopsmith/wire';
import { followWorkers, listJobs, nextAttempt, submitJob } from '@loopsmith/workers';
import { readArray } from '../arrays.js';
import { compilerOf, importGraph, openHost, readModelFile, recordsPath, type CompilerOptions } from '../compiler.js';
import type { ExitCode } from '../exit-codes.js';
import { detectIn, type DetectedModel } from '../model-file.js';
import { budgetOf } from '../option-values.js';
import { count } from '../progress.js';
import { openRecordsToWrite } from '../record-lock.js';
import { milliseconds } from '../report.js';
import type { SearchOptions } from '../search-options.js';
import { forecast } from '../tuning.js';
import type { World } from '../world.js';
import type { ClusterFlags } from './settings.js';
import { follow, outcomeCode, withTransport } from './watching.js';

type Options = CompilerOptions & SearchOptions & ClusterFlags & { readonly json: boolean };

export const tuneOnCluster = (world: World, model: string, options: Options): Promise<ExitCode> =>
  withTransport(world, options, async (transport, { kafka, store: folder }) => {
    const where = kafka.brokers.join(','), store = openArtifactStore(folder);
    const host = await openHost(world, options.plugin), hardware = unwrap(await host.hardware.get(options.target.hardware));
    unwrap(await host.strategies.get(options.strategy));
    unwrap(await host.costModels.get(options.model));
    const alive = await followWorkers(transport, () => Date.parse(world.clock.time()));
    const workers = alive.list();
    await alive.close();
    const device = deviceFor(workers, options, where);

    // imported here too: what is wrong with a model is said before it is submitted, and what it reads beside it goes along
    const seen = seenFile(await detectIn(readModelFile(model, world.folder), host.frontends));
    const { file } = seen, { graph, modelHash } = await importGraph(world, host, file, options);
    const stored = await storedFiles(world, store, seen, options);
    const { submission, known } = nextAttempt(await listJobs(transport), {
      name: file.name, ...stored, inputs: options.inputs ?? null, outputs: options.outputs ?? null, shapes: options.shape,
      hardware: hardware.id, target: device.target, environment: device.environment, protocol: device.protocol,
      threads: options.threads, exact: options.exact,
      strategy: options.strategy, costModel: options.model, budget: budgetOf(options), seed: options.seed,
    });
    // before the job is there: two that follow jobs into one file would number their finals alike
    const path = recordsPath(world, options.records), records = await openRecordsToWrite(world, host, path);
    try {
      const job = known?.job ?? await submitJob(transport, submission, world.clock.time());
      const devices = workers.filter((one) => one.device && one.stages.includes('measure'));
      if (!options.json) world.err.write(`Job ${job}${known ? ' was submitted before' : ''}; ${count(workers.length, 'worker')}, ${count(devices.length, 'device')} at ${where}\n`);

      const { ended, failedTasks } = await follow(world, transport, job, records, where, options);
      if (options.json || ended?.how === 'failed') return outcomeCode(world, ended, failedTasks);
      const network = unwrap(toNetwork(graph, networkOptions(hardware, device.target)));
      const compiler = compilerOf({ host, hardware, target: device.target, network, threads: options.threads, modelHash }, options);
      const tasks = compiler.tasks.map(({ task }) => task), { environment, protocol } = device;
      const best = bestSchedules(records.all(), tasks, { environment, protocol, applies: (task, text) => compiler.applies(task, text) });
      const times = forecast(compiler, best);
      if (times) world.out.write(`Sum of kernel times: ${milliseconds(times.tunedMs)}, untuned ${milliseconds(times.untunedMs)}\n`);
      world.out.write(`Records: ${path}${ended ? '' : '; the same command comes back to the job'}\n`);
      return outcomeCode(world, ended, failedTasks);
    } finally {
      await records.close();
    }
  });

/** The device that is to measure. A job that nobody can do is not submitted. */
const deviceFor = (workers: readonly Presence[], { target: { hardware, isa }, threads }: Options, where: string): DeviceDescription => {
  const missing = stageNames.filter((stage) => !workers.some(({ stages }) => stages.includes(stage)));
  const serving = workers.flatMap(({ stages, device }) => (device && stages.includes('measure') ? [device] : []));
  const device = serving.find((one) => one.hardware === hardware && (isa === 'host' || one.target.isa === isa) && one.environment.threads === threads);
  if (missing.length === 0 && device) return device;
  const refused = (message: string): never => refuse({ code: 'workers-missing', stage: 'cluster', message: `${message}; nothing was submitted` });
  if (device || serving.length === 0) {
    const start = `loopsmith worker --stages ${missing.join(',')} --brokers ${where}`;
    return refused(`no worker at ${where} serves ${missing.join(', ')}; start one with \`${start}\``);
  }
  const named = (target: string, of: number): string => `${target} with ${count(of, 'thread')}`;
  const others = [...new Set(serving.map(({ target, environment }) => named(target.id, environment.threads)))].join(' and ');
  return refused(
    `no worker at ${where} measures for ${named(`${hardware}:${isa}`, threads)}, only for ${others}; start one with --target and --threads, or tune for what is there`,
  );
};

interface SeenFile { readonly file: DetectedModel; readonly beside: ReadonlyMap<string, Uint8Array>; readonly listings: ReadonlyMap<string, readonly string[]> }

/** The file, taking note of everything that is read and listed beside it; files are read whole, as they are sent. */
const seenFile = ({ readPartsBeside: _, ...file }: DetectedModel): SeenFile => {
  const beside = new Map<string, Uint8Array>(), listings = new Map<string, readonly string[]>();
  return {
    beside, listings,
    file: {
      ...file,
      readBeside: (path) => {
        const bytes = file.readBeside(path);
        if (bytes) beside.set(path, bytes);
        return bytes;
      },
      listBeside: (path) => {
        const names = file.listBeside(path);
        listings.set(path, names);
        return names;
      },
    },
  };
};

type StoredFiles = Pick<Submission, 'model' | 'file' | 'format' | 'beside' | 'listings' | 'values'>;
const storedFiles = async (world: World, store: ArtifactStore, { file, beside, listings }: SeenFile, options: Options): Promise<StoredFiles> => {
  const besides: Record<string, string> = {}, values: Record<string, string> = {};
  for (const [path, bytes] of beside) besides[path] = await store.put(bytes);
  for (const [input, path] of options.value) {
    const { dtype, shape, values: numbers } = readArray(path, world.folder);
    if (dtype === 'bf16') return refuse({ code: 'dtype-unsupported', stage: 'cluster', message: `${path} holds bf16, which cannot be sent to workers; cast it to float32` });
    values[input] = await store.put(writeNpy({ dtype, shape, values: numbers }));
  }
  return { model: await store.put(file.bytes), file: file.file, format: file.frontend.id, beside: besides, listings: Object.fromEntries(listings), values };
};
