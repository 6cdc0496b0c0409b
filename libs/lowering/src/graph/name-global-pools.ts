/**
 * A mean or a maximum over both axes of an image becomes the global pool that it is, so that a network has the same task however its exporter spells
 * it. The axes that go are a reshape behind it.
 */
import type { Graph } from '@loopsmith/ir';
import { counted } from '../operators/axes.js';
import { integersOf, rewriteNodes } from './edit.js';

const pools: Readonly<Record<string, string>> = { reduceMean: 'globalAveragePool', reduceMax: 'globalMaxPool' };

export const nameGlobalPools = (graph: Graph): Graph => rewriteNodes(graph, (node, { tensors, tensor, nodeName }) => {
  const operator = pools[node.operator], x = tensors.get(node.inputs[0] ?? '');
  if (operator === undefined || x?.shape.length !== 4 || integersOf(node, 'axes')?.map((axis) => counted(axis, 4)).sort((a, b) => a - b).join() !== '2,3') return undefined;
  const pool = { name: node.name, operator, attributes: {}, inputs: node.inputs };
  if (node.attributes['keepDims'] !== false) return [{ ...pool, outputs: node.outputs }];
  const [n, c] = x.shape as [number, number], made = tensor(`${node.outputs[0]}.pooled`, { dtype: x.dtype, shape: [n, c, 1, 1] });
  return [
    { ...pool, name: nodeName(`${node.name}.pool`), outputs: [made] },
    { name: node.name, operator: 'reshape', attributes: { shape: [n, c] }, inputs: [made], outputs: node.outputs },
  ];
});
