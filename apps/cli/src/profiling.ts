/** Times of a compiled network layer by layer, against the least time the machine could take. Prints nothing. */
import type { Session } from '@loopsmith/contracts';
import type { TensorData } from '@loopsmith/ir';
import type { DeployedManifest } from '@loopsmith/runtime';
import { median } from '@loopsmith/stages';
import { refuse } from '@loopsmith/util';
import { shareOfRoofline, type Roofline } from './roofline.js';

export interface LayerProfile {
  /** Of the node it came from, and of its task. */
  readonly name: string;
  readonly label: string;
  /** Id of the record its schedule comes from; null: untuned. */
  readonly record: string | null;
  /** Median of that record: the layer alone, its weights cold. Null: untuned, or the record is not at hand. */
  readonly recordedNs: number | null;
  /** Median over the runs. */
  readonly medianNs: number;
  /** Of the sum of all layers. */
  readonly shareOfTime: number;
  readonly gflops: number;
  readonly bytes: number;
  readonly shareOfRoofline: number;
}

/** Warms up, then `runs` profiled runs. Layers in the order in which they run. `recorded`: nanoseconds by id of a record. */
export const profileSession = async (
  session: Session,
  manifest: DeployedManifest,
  inputs: ReadonlyMap<string, TensorData>,
  runs: number,
  roofline: Roofline,
  recorded: ReadonlyMap<string, number>,
): Promise<readonly LayerProfile[]> => {
  const { layers, tasks } = manifest;
  if (!layers || !tasks)
    return refuse({
      code: 'profile-unsupported',
      stage: 'run',
      message: 'the manifest of this folder names no layers; compile the model again with this version of Loopsmith',
    });
  const profile = session.profile?.bind(session);
  if (!profile)
    return refuse({
      code: 'profile-unsupported',
      stage: 'run',
      message: 'the layers of this folder cannot be timed where it runs; bench it without --profile',
    });
  for (let i = 0; i < 3; i++) await session.run(inputs);
  const samples: (readonly number[])[] = [];
  for (let i = 0; i < runs; i++) samples.push(await profile(inputs));
  const kernels = layers.reduce((sum, layer) => sum + layer.kernels, 0);
  if (samples[0]!.length !== kernels)
    return refuse({
      code: 'profile-unsupported',
      stage: 'run',
      message: `the library runs ${samples[0]!.length} kernels, its manifest names ${kernels}; compile the model again, for the two belong together`,
    });
  let first = 0;
  const times = layers.map((layer) => {
    const from = first;
    first += layer.kernels;
    return median(samples.map((run) => run.slice(from, first).reduce((sum, ns) => sum + ns, 0)));
  });
  const total = times.reduce((sum, ns) => sum + ns, 0);
  return layers.map(({ name, task, flops, bytes }, i): LayerProfile => ({
    name,
    label: tasks[task]!.label,
    record: tasks[task]!.record,
    recordedNs: recorded.get(tasks[task]!.record ?? '') ?? null,
    medianNs: times[i]!,
    shareOfTime: times[i]! / total,
    gflops: flops / times[i]!,
    bytes,
    shareOfRoofline: shareOfRoofline(roofline, { flops, bytes }, times[i]!),
  }));
};
