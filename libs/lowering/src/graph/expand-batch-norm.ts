/**
 * Writes a batch normalisation that no layer took, but whose parameters are known, as one multiplication and one addition
 * per element: the square root and the division are done here, in double, instead of at every element of every run.
 */
import { dataOnDemand, fromNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { rewriteNodes } from './edit.js';
import { scaleAndShift } from './fold-batch-norm.js';

export const expandBatchNorm = (graph: Graph): Graph => rewriteNodes(graph, (node, { tensors, tensor, constant, nodeName }) => {
  const normal = node.operator === 'batchNormalization' ? scaleAndShift(tensors, node) : undefined;
  if (!normal) return undefined;
  const x = node.inputs[0]!, output = node.outputs[0]!, { dtype, shape } = tensors.get(x)!, scaled = tensor(`${output}.scaled`, { dtype, shape });
  const perChannel = (values: () => Float64Array): TensorData => {
    const along = [normal.channels, ...shape.slice(2).map(() => 1)];
    return dataOnDemand(dtype, along, () => fromNumbers(dtype, along, values()).values);
  };
  const factor = constant(`${output}.factor`, perChannel(normal.factor)), shift = constant(`${output}.shift`, perChannel(normal.shift));
  return [
    { name: nodeName(`${node.name}.scale`), operator: 'multiply', attributes: {}, inputs: [x, factor], outputs: [scaled] },
    { name: node.name, operator: 'add', attributes: {}, inputs: [scaled, shift], outputs: [output] },
  ];
});
