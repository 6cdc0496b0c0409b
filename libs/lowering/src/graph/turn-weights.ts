/**
 * Constant weights of dense layers as [outputs, inputs], whichever way the format keeps them: one task whatever the file. Compiling packs
 * weights anyway, so how they lie costs nothing. Values are turned when they are asked for.
 */
import { dataOnDemand, type Graph, type TensorData } from '@loopsmith/ir';
import { elementArray } from '@loopsmith/util';
import { rewriteNodes } from './edit.js';

export const turnWeights = (graph: Graph): Graph => {
  const turned = new Map<string, string>();
  return rewriteNodes(graph, (node, { tensors, constant }) => {
    const [X = '', W = '', ...rest] = node.inputs, data = tensors.get(W)?.data;
    if (node.operator !== 'dense' || node.attributes['transposeB'] === true || data?.shape.length !== 2) return undefined;
    const name = turned.get(W) ?? constant(`${W}.turned`, transposed(data));
    turned.set(W, name);
    return [{ ...node, inputs: [X, name, ...rest], attributes: { ...node.attributes, transposeB: true } }];
  });
};

const transposed = (data: TensorData): TensorData => {
  const [rows, columns] = data.shape as readonly [number, number];
  return dataOnDemand(data.dtype, [columns, rows], () => {
    // elements are moved as they are, so whatever the dtype, both arrays are of one kind
    const from = data.values as Float32Array, to = elementArray(data.dtype, from.length) as Float32Array;
    for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column]!;
    return to;
  });
};
