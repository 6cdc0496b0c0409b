/** The extract stage as a worker: a submitted model to its tasks. A model that will not do ends its job with the reason. */
import type { TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { readNpy } from '@loopsmith/npy';
import { extractTasks, networkOptions } from '@loopsmith/stages';
import { FailureError, unwrap, type Failure } from '@loopsmith/util';
import { tasksText, type ArtifactStore, type JobMessage, type Outgoing, type Submission } from '@loopsmith/wire';
import type { WorkerPlugins } from './plugins.js';

export const extractWork = (plugins: WorkerPlugins, store: ArtifactStore) => async (message: JobMessage): Promise<readonly Outgoing[] | null> => {
  if (message.kind === 'cancelled') return null;
  const { job, submission } = message;
  const files = await filesOf(submission, store);
  try {
    const tasks = await store.put(tasksText(await tasksOf(submission, files, plugins)));
    return [{ topic: 'extracted', message: { v: 1, job, submission, tasks } }];
  } catch (error) {
    if (error instanceof FailureError) return [jobFailed(job, error.failure)];
    throw error;
  }
};

export const jobFailed = (job: string, failure: Failure): Outgoing =>
  ({ topic: 'runs', message: { v: 1, job, kind: 'event', epoch: Number.MAX_SAFE_INTEGER, id: 'job-ended', event: { event: 'job-ended', how: 'failed', failure } } });

interface Files { readonly model: Uint8Array; readonly beside: ReadonlyMap<string, Uint8Array>; readonly values: Readonly<Record<string, TensorData>> }

const filesOf = async ({ model, beside, values }: Submission, store: ArtifactStore): Promise<Files> => {
  const besides = new Map<string, Uint8Array>(), constants: Record<string, TensorData> = {};
  for (const [path, name] of Object.entries(beside)) besides.set(path, unwrap(await store.get(name)));
  for (const [input, name] of Object.entries(values)) constants[input] = unwrap(readNpy(unwrap(await store.get(name)), input));
  return { model: unwrap(await store.get(model)), beside: besides, values: constants };
};

const tasksOf = async (
  { name, file, format, listings, inputs, outputs, shapes, hardware: id, target, threads, exact }: Submission,
  { model, beside, values }: Files,
  plugins: WorkerPlugins,
): Promise<ReturnType<typeof extractTasks>> => {
  const frontend = unwrap(await plugins.frontends.get(format)),
    hardware = unwrap(await plugins.hardware.get(id));
  const graph = unwrap(
    frontend.import(model, {
      name,
      file,
      shapes,
      values,
      readBeside: (path) => beside.get(path),
      listBeside: (path) => listings[path] ?? [],
      ...(inputs ? { inputs } : {}),
      ...(outputs ? { outputs } : {}),
    }),
  );
  return extractTasks(unwrap(toNetwork(graph, networkOptions(hardware, target))), { target, threads, exact });
};
