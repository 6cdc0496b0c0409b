/**
 * Removes nodes that hand their operand on unchanged: identity, a cast to the same dtype, a reshape to the same shape, a
 * transposition that moves nothing, a pad of nothing; decided from the definition, so no list of operators is kept here. Also a
 * pool over windows of one element, as exporters write for an adaptive pool whose size is there already.
 * A copy between the model's own inputs, constants and outputs stays: a signature has no aliases.
 */
import { extentOf, outputOf, sameIndex, variable, type Definition, type Graph, type GraphNode } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import { operandsOf, operatorOf } from '../operators/operators.js';
import { integersOf, producersOf } from './edit.js';

export const removeIdentity = (graph: Graph): Graph => {
  const producers = producersOf(graph);
  /** What to read instead of a removed copy, and the output's name that its source takes over. */
  const sources = new Map<string, string>(), exported = new Map<string, string>();
  const sourceOf = (name: string): string => sources.get(name) ?? name;
  const nodes = graph.nodes.filter((node) => {
    const position = poolsNothing(node) ? 0 : copiedInput(unwrap(operatorOf(node).define(node, operandsOf(graph, node))));
    if (position === undefined) return true;
    const source = sourceOf(node.inputs[position]!), output = node.outputs[0]!;
    if (graph.outputs.includes(output)) {
      if (!producers.has(source) || graph.outputs.includes(source) || exported.has(source)) return true;
      exported.set(source, output);
    }
    sources.set(output, source);
    return false;
  });
  const nameOf = (name: string): string => exported.get(sourceOf(name)) ?? sourceOf(name);
  return {
    ...graph,
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs.map(nameOf), outputs: node.outputs.map(nameOf) })),
    tensors: new Map([...graph.tensors].filter(([name]) => !exported.has(name) && (!sources.has(name) || graph.outputs.includes(name)))),
  };
};

const poolsNothing = (node: GraphNode): boolean => {
  const every = (attribute: string, value: number): boolean => integersOf(node, attribute)?.every((one) => one === value) ?? node.attributes[attribute] === undefined;
  return (node.operator === 'maxPool' || node.operator === 'averagePool') && every('kernel', 1) && every('strides', 1) && every('pads', 0);
};

/**
 * The position of the input of which the definition is a copy, or undefined: every axis is read at itself, and one of a single element at 0. A fixed
 * place of a longer axis is a broadcast.
 */
export const copiedInput = (definition: Definition): number | undefined => {
  const { value, reduce, axes, dtype } = outputOf(definition);
  if (definition.stages.length !== 1 || reduce || value.kind !== 'load' || value.dtype !== dtype) return undefined;
  const position = definition.inputs.findIndex((input) => input.name === value.tensor), shape = definition.inputs[position]?.shape;
  const same = shape?.length === axes.length && axes.every((axis, i) => extentOf(axis) === shape[i] && sameIndex(value.at[i]!, variable(axis)));
  return same ? position : undefined;
};
