/**
 * Writes a batch normalisation that no layer took, but whose parameters are known, as one multiplication and one addition
 * per element: the square root and the division are done here, in double, instead of at every element of every run.
 */
import { fromNumbers, type Graph, type GraphNode } from '@loopsmith/ir';
import { addConstant, freshName } from './edit.js';
import { scaleAndShift } from './fold-batch-norm.js';

export const expandBatchNorm = (graph: Graph): Graph => {
  const tensors = new Map(graph.tensors), names = new Set(graph.nodes.map((node) => node.name));
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const normal = node.operator === 'batchNormalization' ? scaleAndShift(tensors, node) : undefined;
    if (!normal) return [node];
    const x = node.inputs[0]!, output = node.outputs[0]!, { dtype, shape } = tensors.get(x)!;
    const perChannel = [normal.factor.length, ...shape.slice(2).map(() => 1)];
    const scaled = freshName(tensors, `${output}.scaled`);
    tensors.set(scaled, { name: scaled, dtype, shape });
    return [
      {
        name: freshName(names, `${node.name}.scale`),
        operator: 'multiply',
        attributes: {},
        inputs: [x, addConstant(tensors, `${output}.factor`, fromNumbers(dtype, perChannel, normal.factor))],
        outputs: [scaled],
      },
      {
        name: node.name,
        operator: 'add',
        attributes: {},
        inputs: [scaled, addConstant(tensors, `${output}.shift`, fromNumbers(dtype, perChannel, normal.shift))],
        outputs: [output],
      },
    ];
  });
  return { ...graph, tensors, nodes };
};
