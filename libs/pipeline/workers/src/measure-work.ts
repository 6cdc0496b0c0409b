/**
 * The measure stage as a worker: artifacts from the store, checked against their hashes, to measurements on this worker's device.
 * An artifact that is gone or changed is said to be lost, never run. Compares nothing and ranks nothing.
 */
import type { Artifact, Bench, Device, Measurement } from '@loopsmith/contracts';
import { openBenches } from '@loopsmith/stages';
import { refuse, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { readKernel, type ArtifactRef, type ArtifactStore, type MeasureAnswer, type MeasureRequest, type Outgoing } from '@loopsmith/wire';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Answering } from './answering.js';
import { LIBRARIES, recentFiles } from './recent-files.js';
import { storedTasks } from './stored.js';

type Told = Pick<MeasureAnswer, 'outcome' | 'lost'>;
export interface MeasureWork { work(request: MeasureRequest): Promise<readonly Outgoing[]>; close(): Promise<void> }

/** `directory`: where libraries are put for the device to load. `fingerprint`: of this device. */
export const measureWork = (device: Device, fingerprint: string, directory: string, store: ArtifactStore, { worker, now }: Answering): MeasureWork => {
  const taskOf = storedTasks(store), benches = openBenches(device), used = recentFiles(LIBRARIES);
  const measured = async ({ task: name, work, device: wanted }: MeasureRequest): Promise<Told> => {
    if (wanted !== fingerprint)
      return refuse({
        code: 'device-differs',
        stage: 'measure',
        message: `this is to be measured on device ${wanted}, and this worker has ${fingerprint}; give each kind of device a --prefix of its own`,
      });
    const task = await taskOf(name);
    const told = await benches.use(task, (bench) => measuredOn(bench, work));
    // a task that this device cannot prepare is no fault of the worker
    return told.ok ? told.value : { outcome: told, lost: [] };
  };
  const measuredOn = async (bench: Bench, work: MeasureRequest['work']): Promise<Told> => {
    if (work.kind === 'prepare') return { outcome: succeed([]), lost: [] };
    const artifacts: Artifact[] = [], lost: string[] = [];
    for (const ref of work.artifacts) {
      const artifact = await fetched(ref, directory, store);
      if (!artifact.ok) { lost.push(ref.id); continue; }
      artifacts.push(artifact.value);
      await used(artifact.value.library);
    }
    if (lost.length > 0) return { outcome: succeed([]), lost };
    const measurements: readonly Measurement[] = work.kind === 'compare' ? await bench.compare(artifacts, work.rounds, work.roundNs)
      : [await bench.measure(artifacts[0]!, { purpose: work.purpose, repeat: work.repeat, cutoffNs: work.cutoffNs })];
    return { outcome: succeed(measurements), lost };
  };
  return {
    work: async (request) => {
      const answer = await measured(request);
      return [{ topic: 'measured', message: { v: 1, id: request.id, job: request.job, worker, at: now(), ...answer } }];
    },
    close: () => benches.close(),
  };
};

const fetched = async ({ id, candidate, kernel, library, report }: ArtifactRef, directory: string, store: ArtifactStore): Promise<Outcome<Artifact>> => {
  const source = await store.getText(kernel), path = join(directory, `${library}.so`);
  if (!source.ok) return source;
  // a library holds the kernels of a whole batch
  if (!existsSync(path)) {
    const bytes = await store.get(library);
    if (!bytes.ok) return bytes;
    await mkdir(directory, { recursive: true });
    const fresh = `${path}.${process.pid}`;
    try {
      await writeFile(fresh, bytes.value, { mode: 0o755 });
      await rename(fresh, path);
    } catch (error) {
      // a disk that is full has no room for a part of it either
      await rm(fresh, { force: true });
      throw error;
    }
  }
  return succeed({ id, candidate, library: path, kernel: unwrap(readKernel(source.value)), report });
};
