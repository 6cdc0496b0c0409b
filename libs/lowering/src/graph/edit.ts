/** What every graph pass needs: uses of tensors, attributes, replaced tensors, fresh names. Graphs are immutable; these build new ones. */
import type { Graph, GraphNode, GraphTensor, TensorData } from '@loopsmith/ir';
import { isIntegers } from '../operators/operator.js';

/** How often each tensor is read, counting the graph's outputs as a reader each. */
export const readersOf = (graph: Graph): ReadonlyMap<string, number> => {
  const readers = new Map<string, number>();
  const count = (name: string): void => { readers.set(name, (readers.get(name) ?? 0) + 1); };
  for (const node of graph.nodes) node.inputs.forEach(count);
  graph.outputs.forEach(count);
  return readers;
};

/** The node that makes each tensor. */
export const producersOf = (graph: Graph): ReadonlyMap<string, GraphNode> =>
  new Map(graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const)));

/** An attribute that is a list of integers; undefined where the node has none of that name. */
export const integersOf = ({ attributes }: GraphNode, attribute: string): readonly number[] | undefined => {
  const value = attributes[attribute];
  return isIntegers(value) ? value : undefined;
};

/** A name that no tensor has yet: `wanted`, or with a number behind it. */
export const freshName = (taken: { has(name: string): boolean }, wanted: string): string => {
  if (!taken.has(wanted)) return wanted;
  for (let i = 2; ; i++) if (!taken.has(`${wanted}${i}`)) return `${wanted}${i}`;
};

/** Adds a constant to a map of tensors and answers its name. */
export const addConstant = (tensors: Map<string, GraphTensor>, wanted: string, data: TensorData): string => {
  const name = freshName(tensors, wanted);
  tensors.set(name, { name, dtype: data.dtype, shape: data.shape, data });
  return name;
};
