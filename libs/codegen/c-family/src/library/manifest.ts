/** The manifest of a deployed folder: what was compiled, for what, from which records. A JSON object for people and tools; the library itself never reads it. */
import type { Json } from '@loopsmith/util';
import type { Signature } from './network-source.js';

export interface ManifestFacts {
  /** SHA-256 of the model file. */
  readonly model: string;
  readonly target: string;
  readonly threads: number;
  readonly features: readonly string[];
  readonly inputs: readonly Signature[];
  readonly outputs: readonly Signature[];
  /** In the order of the calls. */
  readonly calls: readonly CallFacts[];
  /** In the same order. */
  readonly layers: readonly LayerFacts[];
  readonly sizes: LibrarySizes;
}
export interface CallFacts {
  readonly task: string;
  readonly label: string;
  /** The steps as text, `; ` between two. */
  readonly schedule: string;
  /** Id of the record it comes from; null: untuned. */
  readonly record: string | null;
}
/** What one call does, for profiles. */
export interface LayerFacts {
  /** Of the node it came from. */
  readonly name: string;
  /** Kernels that the library runs for it, one after another. */
  readonly kernels: number;
  /** Arithmetic of the definition as written; a multiply-add counts 2. */
  readonly flops: number;
  /** Each input and the output once, as they are stored. */
  readonly bytes: number;
}
export interface LibrarySizes {
  /** Of the weights file's payload. */
  readonly weightBytes: number;
  /** How much of it the model's own constants, unpacked, would take less: padding, transforms, folding; negative where equal segments are shared. */
  readonly addedWeightBytes: number;
  readonly arenaBytes: number;
  /** Per thread. */
  readonly scratchBytes: number;
}

export const manifestOf = ({ model, target, threads, features, inputs, outputs, calls, layers, sizes }: ManifestFacts): Json => {
  const tasks = new Map<string, { readonly facts: CallFacts; calls: number }>();
  const keyOf = ({ task, schedule, record }: CallFacts): string => JSON.stringify([task, schedule, record]);
  for (const facts of calls) {
    const key = keyOf(facts);
    const task = tasks.get(key) ?? { facts, calls: 0 };
    task.calls++;
    tasks.set(key, task);
  }
  const signature = ({ name, dtype, shape }: Signature): Json => ({ name, dtype, shape });
  return {
    v: 1, model, target, threads, features, inputs: inputs.map(signature), outputs: outputs.map(signature), calls: calls.length,
    tasks: [...tasks.values()].map(({ facts, calls: count }) => ({ task: facts.task, label: facts.label, calls: count, schedule: facts.schedule, record: facts.record })),
    layers: layers.map(({ name, kernels, flops, bytes }, i) => ({ name, task: [...tasks.keys()].indexOf(keyOf(calls[i]!)), kernels, flops, bytes })),
    sizes: { ...sizes },
  };
};
