/** Squares and cubes as products: C's power takes a hundred times as long, and no compiler makes a vector of it. Other exponents stay. */
import type { Graph, GraphNode } from '@loopsmith/ir';
import { numberOf, rewriteNodes } from './edit.js';

export const writeOutPowers = (graph: Graph): Graph => rewriteNodes(graph, (node, { tensors, tensor, nodeName }) => {
  const [x, exponent] = node.inputs as [string, string], [y] = node.outputs as [string];
  if (node.operator !== 'power' || tensors.get(x)!.shape.join() !== tensors.get(y)!.shape.join()) return undefined;
  const product = (name: string, right: string, result: string): GraphNode => ({ name, operator: 'multiply', attributes: {}, inputs: [x, right], outputs: [result] });
  switch (numberOf(tensors, exponent)) {
    case 2: return [product(node.name, x, y)];
    case 3: {
      const square = tensor(`${y}.square`, tensors.get(y)!);
      return [product(nodeName(`${node.name}.square`), x, square), product(node.name, square, y)];
    }
    default: return undefined;
  }
});
