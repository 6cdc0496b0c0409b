/** Drops nodes and tensors that no output depends on. Inputs of the model stay: they are its signature. */
import type { Graph } from '@loopsmith/ir';

export const removeDeadCode = (graph: Graph): Graph => {
  const needed = new Set(graph.outputs);
  const nodes = graph.nodes.toReversed().filter((node) => {
    if (!node.outputs.some((name) => needed.has(name))) return false;
    for (const name of node.inputs) needed.add(name);
    return true;
  }).reverse();
  for (const name of graph.inputs) needed.add(name);
  for (const node of nodes) for (const name of node.outputs) needed.add(name);
  return { ...graph, nodes, tensors: new Map([...graph.tensors].filter(([name]) => needed.has(name))) };
};
