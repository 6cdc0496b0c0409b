/** What a model holds, as plain facts. Builds nothing and judges nothing. */
import { bytesOfData, type Graph } from '@loopsmith/ir';

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
