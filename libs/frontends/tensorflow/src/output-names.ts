/** Inside functions outputs go by name and number (`node:y:0`); here they become positions. */
import type { TfFunction, TfNode } from '@loopsmith/tensorflow-file';

/** Operators whose outputs have several names, in order; each name stands for one output. Every other operator has one name, for all of its outputs. */
const named: Readonly<Record<string, readonly string[]>> = {
  FusedBatchNorm: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV2: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2'],
  FusedBatchNormV3: ['y', 'batch_mean', 'batch_variance', 'reserve_space_1', 'reserve_space_2', 'reserve_space_3'],
  Switch: ['output_false', 'output_true'], Merge: ['output', 'value_index'],
  TopK: ['values', 'indices'], TopKV2: ['values', 'indices'], Unique: ['y', 'idx'], UniqueV2: ['y', 'idx'],
  MaxPoolWithArgmax: ['output', 'argmax'], Moments: ['mean', 'variance'], SoftmaxCrossEntropyWithLogits: ['loss', 'backprop'],
  TensorArrayV3: ['handle', 'flow'], NonMaxSuppressionV4: ['selected_indices', 'valid_outputs'], NonMaxSuppressionV5: ['selected_indices', 'selected_scores', 'valid_outputs'],
};

/** NaN where the operator has no such output. A function that is called by its name has its own outputs. */
export const outputPosition = (node: TfNode, name: string, number: number, functions: ReadonlyMap<string, TfFunction>): number => {
  const names = named[node.operator] ?? functions.get(node.operator)?.outputs, position = names?.indexOf(name);
  if (position === undefined) return number;
  return position < 0 || number !== 0 ? NaN : position;
};
