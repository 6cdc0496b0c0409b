/** Squares and cubes as products: C's power takes a hundred times as long, and no compiler makes a vector of it. Other exponents stay. */
import type { Graph, GraphNode, GraphTensor } from '@loopsmith/ir';
import { freshName, numberOf } from './edit.js';

export const writeOutPowers = (graph: Graph): Graph => {
  const tensors = new Map<string, GraphTensor>(graph.tensors), names = new Set(graph.nodes.map(({ name }) => name));
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const [x, exponent] = node.inputs as [string, string], [y] = node.outputs as [string];
    if (node.operator !== 'power' || tensors.get(x)!.shape.join() !== tensors.get(y)!.shape.join()) return [node];
    const product = (name: string, right: string, result: string): GraphNode => ({ name, operator: 'multiply', attributes: {}, inputs: [x, right], outputs: [result] });
    switch (numberOf(tensors, exponent)) {
      case 2: return [product(node.name, x, y)];
      case 3: {
        const square = freshName(tensors, `${y}.square`), name = freshName(names, `${node.name}.square`);
        names.add(name);
        tensors.set(square, { ...tensors.get(y)!, name: square });
        return [product(name, x, square), product(node.name, square, y)];
      }
      default: return [node];
    }
  });
  return { ...graph, nodes, tensors };
};
