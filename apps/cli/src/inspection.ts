/** What a model file or a compiled folder holds, as plain facts. Builds nothing and judges nothing. */
import { bytesOfData, type Graph } from '@loopsmith/ir';
import { deployedFiles } from '@loopsmith/runtime';
import { refuse } from '@loopsmith/util';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface TensorFacts { readonly name: string; readonly dtype: string; readonly shape: readonly number[] }
export interface ModelFacts {
  readonly format: string;
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
  readonly constants: { readonly tensors: number; readonly bytes: number };
  /** Nodes by operator, the commonest first. */
  readonly operators: readonly { readonly operator: string; readonly nodes: number }[];
}

export const modelFacts = (format: string, graph: Graph): ModelFacts => {
  const tensor = (name: string): TensorFacts => { const { dtype, shape } = graph.tensors.get(name)!; return { name, dtype, shape }; };
  const constants = [...graph.tensors.values()].flatMap(({ data }) => (data ? [bytesOfData(data).byteLength] : []));
  const counts = new Map<string, number>();
  for (const { operator } of graph.nodes) counts.set(operator, (counts.get(operator) ?? 0) + 1);
  return {
    format, inputs: graph.inputs.map(tensor), outputs: graph.outputs.map(tensor), constants: { tensors: constants.length, bytes: constants.reduce((sum, bytes) => sum + bytes, 0) },
    operators: [...counts].map(([operator, nodes]) => ({ operator, nodes })).sort((a, b) => b.nodes - a.nodes || (a.operator < b.operator ? -1 : 1)),
  };
};

/** manifest.json of a folder that `compile` wrote, as far as commands read it. */
export interface Manifest {
  readonly model: string;
  readonly target: string;
  readonly threads: number;
  readonly inputs: readonly TensorFacts[];
  readonly outputs: readonly TensorFacts[];
  readonly calls: number;
  readonly tasks: readonly { readonly task: string; readonly label: string; readonly calls: number; readonly schedule: string; readonly record: string | null }[];
  /** Absent in a folder of an earlier version. `task`: position in `tasks`. */
  readonly layers?: readonly { readonly name: string; readonly task: number; readonly kernels: number; readonly flops: number; readonly bytes: number }[];
  readonly sizes: { readonly weightBytes: number; readonly addedWeightBytes: number; readonly arenaBytes: number; readonly scratchBytes: number };
}

export const readManifest = (folder: string, shown: string): Manifest => {
  const path = join(folder, deployedFiles.manifest);
  if (!existsSync(path)) return refuse({ code: 'manifest-missing', stage: 'run', message: `${shown} holds no ${deployedFiles.manifest}; give the folder that \`loopsmith compile\` wrote` });
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  } catch (error) {
    return refuse({ code: 'manifest-damaged', stage: 'run', message: `${join(shown, deployedFiles.manifest)} cannot be read as JSON; compile the model again`, text: String(error) });
  }
};
