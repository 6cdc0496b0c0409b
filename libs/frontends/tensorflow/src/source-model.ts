/** What every format of TensorFlow comes down to before it is flattened: a graph, a signature where there is one, and the values of its variables. */
import type { TfAttribute, TfFunction, TfGraph, TfNode, TfSignature, TfTensor } from '@loopsmith/tensorflow-file';

/** `variables`: how values come from a checkpoint; null where a graph has none. */
export interface SourceModel { readonly graph: TfGraph; readonly signature: TfSignature | null; readonly variables: Variables | null }

export interface Variables {
  /** The node that assigns every variable what `RestoreV2` reads. */
  readonly restoreOperator: string;
  /** By keys of the checkpoint, one for each. */
  read(keys: readonly string[]): readonly TfTensor[];
}

/** The graph with the values of its constants, which tfjs keeps in a manifest by the constants' names. */
export const withWeights = (graph: TfGraph, weights: ReadonlyMap<string, TfTensor>): TfGraph => {
  const filled = (node: TfNode): TfNode => {
    const value = node.operator === 'Const' ? weights.get(node.name) : undefined;
    return value ? { ...node, attributes: new Map<string, TfAttribute>([...node.attributes, ['value', { kind: 'tensor', value }]]) } : node;
  };
  const functions = new Map([...graph.functions].map(([name, one]): readonly [string, TfFunction] => [name, { ...one, nodes: one.nodes.map(filled) }]));
  return { nodes: graph.nodes.map(filled), functions };
};
