/** Every operator by the name that graphs use. Front ends translate to these names; what is not here is refused by name. */
import type { Graph, GraphNode } from '@loopsmith/ir';
import { refuse } from '@loopsmith/util';
import { binaryOperators } from './binary.js';
import { convolution } from './convolution.js';
import { dense, matmul } from './dense.js';
import { einsum } from './einsum.js';
import { elementwiseOperators } from './elementwise.js';
import { gather, gatherElements } from './gather.js';
import { batchNormalization, layerNormalization, softmax } from './normalization.js';
import type { Operands, Operator } from './operator.js';
import { firstAbove, reached, topInTurn, topPlaces } from './order.js';
import { averagePool, globalAveragePool, globalMaxPool, maxPool } from './pooling.js';
import { concat, pad, repeat, reshape, slice, transpose } from './rearrange.js';
import { reduceOperators } from './reduce.js';
import { running } from './running.js';

export const operators: ReadonlyMap<string, Operator> = new Map(Object.entries({
  conv1d: convolution(1), conv2d: convolution(2), conv3d: convolution(3),
  maxPool, averagePool, globalAveragePool, globalMaxPool,
  dense, matmul, einsum,
  batchNormalization, layerNormalization, softmax,
  ...elementwiseOperators, ...binaryOperators, ...reduceOperators,
  reshape, transpose, concat, repeat, pad, slice, gather, gatherElements, topPlaces, topInTurn, reached, firstAbove, running,
}));

/** The operator of a node; throws a Failure that names it. Use below an `attempt`. */
export const operatorOf = (node: GraphNode): Operator =>
  operators.get(node.operator) ??
  refuse({
    code: 'operator-unknown',
    stage: 'graph',
    message: `node "${node.name}" uses the operator ${node.operator}, which Loopsmith does not define; replace it in the model or add it to lowering/operators`,
  });

/** The operands of a node; throws when the graph does not hold one of them. */
export const operandsOf = (graph: Graph, node: GraphNode): Operands => node.inputs.map((name) => {
  if (name === '') return undefined;
  const tensor = graph.tensors.get(name);
  if (!tensor) throw new Error(`graph ${graph.name}: node "${node.name}" reads ${name}, which does not exist`);
  return tensor;
});
