/**
 * A concatenation that begins with all operands of an earlier one reads that one's result instead: exporters that list every
 * part anew, as PyTorch's of DenseNet, then copy nothing that lies in its place already. Changes no value.
 */
import type { Graph, GraphNode } from '@loopsmith/ir';
import { counted } from '../operators/axes.js';

export const nestConcats = (graph: Graph): Graph => {
  /** Earlier concatenations with the operands that they had in the model, by their first one. */
  const earlier = new Map<string, { readonly axis: number; readonly inputs: readonly string[]; readonly output: string }[]>();
  const nodes = graph.nodes.map((node): GraphNode => {
    const { inputs, attributes: { axis } } = node, [first = ''] = inputs, output = node.outputs[0]!;
    if (node.operator !== 'concat' || typeof axis !== 'number') return node;
    const along = counted(axis, graph.tensors.get(output)!.shape.length), known = earlier.get(first) ?? [];
    const longest = known
      .filter(
        (one) =>
          one.axis === along && one.inputs.length > 1 && one.inputs.length < inputs.length && one.inputs.every((name, i) => name === inputs[i]),
      )
      .toSorted((a, b) => b.inputs.length - a.inputs.length)[0];
    earlier.set(first, [...known, { axis: along, inputs, output }]);
    return longest ? { ...node, inputs: [longest.output, ...inputs.slice(longest.inputs.length)] } : node;
  });
  return { ...graph, nodes };
};
