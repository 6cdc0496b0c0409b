/**
 * Computes at build time what depends on constants alone, by the definition itself: each node's output is rounded once to
 * its dtype, when its value is first read. What is an output of the model stays a node, so that every output has a call that makes it.
 */
import { dataOnDemand, evaluate, outputOf, type Graph } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { operandsOf, operatorOf } from '../operators/operators.js';

export const foldConstants = (graph: Graph): Graph => {
  const tensors = new Map(graph.tensors);
  const nodes = graph.nodes.filter((node) => {
    const output = node.outputs[0]!;
    const values = node.inputs.flatMap((name) => (name === '' ? [] : [tensors.get(name)?.data]));
    if (values.length === 0 || values.includes(undefined) || node.outputs.some((name) => graph.outputs.includes(name))) return true;
    const operands = operandsOf({ ...graph, tensors }, node);
    const definition = unwrap(operatorOf(node).define(node, operands));
    // a definition may leave out an operand (beta 0) but never adds one, and keeps their order
    const known = new Map(definition.inputs.map((input, i) => [input.name, values[i]!] as const));
    const tensor = tensors.get(output)!, data = dataOnDemand(tensor.dtype, tensor.shape, () => evaluate(definition, known).get(outputOf(definition).name)!.values);
    tensors.set(output, { ...tensor, data });
    return false;
  });
  return { ...graph, nodes, tensors };
};
