/**
 * Functions of a model, written out where they are called as bodies of loops are: with the call's inputs, and with the attributes
 * of the call where the body refers to them. Refused: a function that calls itself.
 */
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode } from '@loopsmith/onnx-file';
import { answer, graphsOf, insideOf, once, refused, type Writer } from './control-flow.js';

/** By the operator of a call, as `operatorOf` writes it. */
type Functions = ReadonlyMap<string, OnnxFunction>;

/** An operator's name, behind its domain where that is not ONNX's own. */
export const operatorOf = ({ domain, operator }: Pick<OnnxNode, 'domain' | 'operator'>): string => (domain === '' ? operator : `${domain}.${operator}`);

export const functionsOf = ({ functions = [] }: OnnxModel): Functions => new Map(functions.map((one) => [operatorOf({ domain: one.domain, operator: one.name }), one]));

/** Every node that these stand for: themselves, those in their graphs, and the body of every function once, in place of its calls. */
export const everyNode = (nodes: readonly OnnxNode[], functions: Functions): readonly OnnxNode[] => {
  const found: OnnxNode[] = [], rest = nodes.toReversed(), seen = new Set<OnnxFunction>();
  for (let node = rest.pop(); node; node = rest.pop()) {
    const called = functions.get(operatorOf(node));
    if (!called) found.push(node);
    else if (seen.has(called)) continue;
    else seen.add(called);
    for (const inner of (called?.nodes ?? graphsOf(node).flatMap((graph) => graph.nodes)).toReversed()) rest.push(inner);
  }
  return found;
};

/** `calls` are the functions that are being written out, each inside the one before. */
export const writeCall = (writer: Writer, node: OnnxNode, called: OnnxFunction, calls: OnnxFunction[]): void => {
  if (calls.includes(called)) return refused(writer, node, 'is a function of the model that calls itself; such a function cannot be written out');
  const body: OnnxGraph = {
    name: called.name, initializers: [], nodes: bound(called.nodes, new Map([...called.defaults, ...node.attributes])),
    inputs: called.inputs.map(named), outputs: called.outputs.map(named),
  };
  calls.push(called);
  const outputs = once(writer, node, body, node.inputs, insideOf(node), nothing);
  calls.pop();
  answer(writer, node, outputs, (t) =>
    t.node.inputs
      .map((_, i) => t.optional(i))
      .map((tensor, i) => tensor ?? t.refuse(`is a function of the model whose output ${called.outputs[i]} nothing makes; export the model again`)),
  );
};

const named = (name: string): OnnxGraph['inputs'][number] => ({ name, elementType: 0, shape: null });
/** A function sees nothing of what is around its call. */
const nothing = (): string => '';

/** The nodes with every reference replaced by what it stands for; one that stands for nothing is left out, and the operator's own default holds. */
const bound = (nodes: readonly OnnxNode[], values: ReadonlyMap<string, OnnxAttribute>): readonly OnnxNode[] => nodes.map((node) => ({
  ...node, attributes: new Map([...node.attributes].flatMap(([name, attribute]): readonly (readonly [string, OnnxAttribute])[] => {
    if (attribute.kind === 'graph') return [[name, { kind: 'graph', value: { ...attribute.value, nodes: bound(attribute.value.nodes, values) } }]];
    const value = attribute.kind === 'reference' ? values.get(attribute.value) : attribute;
    return value ? [[name, value]] : [];
  })),
}));
