/**
 * Computes once what several nodes compute alike: the same operator with the same attributes on the same tensors. An output of the model keeps its
 * own node: a signature has no aliases.
 */
import { numberText, type Graph, type GraphNode } from '@loopsmith/ir';

export const mergeEqualNodes = (graph: Graph): Graph => {
  const first = new Map<string, GraphNode>(), instead = new Map<string, string>();
  const nodes = graph.nodes.flatMap((original): readonly GraphNode[] => {
    const node = { ...original, inputs: original.inputs.map((name) => instead.get(name) ?? name) };
    const key = keyOf(node), known = key === undefined ? undefined : first.get(key);
    if (!known || node.outputs.some((name, i) => graph.outputs.includes(name) || (name === '') !== (known.outputs[i] === ''))) {
      if (key !== undefined && !known) first.set(key, node);
      return [node];
    }
    node.outputs.forEach((name, i) => instead.set(name, known.outputs[i]!));
    return [];
  });
  return { ...graph, nodes, tensors: new Map([...graph.tensors].filter(([name]) => !instead.has(name))) };
};

/** undefined for a node whose attributes hold a tensor: comparing those is not worth its cost. */
const keyOf = ({ operator, attributes, inputs, outputs }: GraphNode): string | undefined => {
  const given = Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (given.some(([, value]) => typeof value === 'object' && 'dtype' in value)) return undefined;
  // JSON has one word for all numbers that are not finite, and one for both zeros
  return JSON.stringify([operator, given, inputs, outputs.length], (_, value: unknown) => (typeof value === 'number' ? numberText(value) : value));
};
