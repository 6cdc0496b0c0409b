/**
 * Drops leading axes of one element from constants that sums and products spread over a tensor: [1,c,1,1] is [c,1,1]. What is spelled
 * out with four axes, as Keras does its normalisations, becomes the task that any other spelling becomes. Changes no value.
 */
import { dataOnDemand, type Graph } from '@loopsmith/ir';
import { rewriteNodes } from './edit.js';

const spreading: ReadonlySet<string> = new Set(['add', 'subtract', 'multiply', 'divide']);

export const shortenConstants = (graph: Graph): Graph => {
  const short = new Map<string, string>();
  return rewriteNodes(graph, (node, { tensors, constant }) => {
    const shortened = (name: string): string => {
      const data = tensors.get(name)?.data, leading = data?.shape.findIndex((extent) => extent !== 1) ?? 0;
      if (!data || leading <= 0) return name;
      const known = short.get(name) ?? constant(`${name}.short`, dataOnDemand(data.dtype, data.shape.slice(leading), () => data.values));
      short.set(name, known);
      return known;
    };
    const [left = '', right = ''] = node.inputs, ranks = node.inputs.map((name) => tensors.get(name)?.shape.length ?? 0);
    // the other operand has to bring the axes that are dropped
    if (!spreading.has(node.operator) || node.inputs.length !== 2 || ranks[0] !== ranks[1]) return undefined;
    return [{ ...node, inputs: tensors.get(right)?.data ? [left, shortened(right)] : [shortened(left), right] }];
  });
};
