/** What several passes need: uses of tensors, attributes, constants, fresh names. Graphs are immutable; these build new ones. */
import { loadsOf, toNumbers, type Call, type Graph, type GraphNode, type GraphTensor, type Load, type LoopVariable, type Network, type Stage, type TensorData } from '@loopsmith/ir';
import { isIntegers } from '../operators/operator.js';

/** How often each tensor is read, counting the graph's outputs as a reader each. */
export const readersOf = (graph: Graph): ReadonlyMap<string, number> => {
  const readers = new Map<string, number>();
  const count = (name: string): void => { readers.set(name, (readers.get(name) ?? 0) + 1); };
  for (const node of graph.nodes) node.inputs.forEach(count);
  graph.outputs.forEach(count);
  return readers;
};

/** How many calls read each tensor, a network's output counting as one. */
export const readingCalls = (network: Network): Map<string, number> => {
  const readers = new Map<string, number>();
  for (const name of [...network.calls.flatMap((call) => [...new Set(call.inputs)]), ...network.outputs]) readers.set(name, (readers.get(name) ?? 0) + 1);
  return readers;
};

/** The node that makes each tensor. */
export const producersOf = (graph: Graph): ReadonlyMap<string, GraphNode> =>
  new Map(graph.nodes.flatMap((node) => node.outputs.filter((name) => name !== '').map((name) => [name, node] as const)));

/** An attribute that is a list of integers; undefined where the node has none of that name. */
export const integersOf = ({ attributes }: GraphNode, attribute: string): readonly number[] | undefined => {
  const value = attributes[attribute];
  return isIntegers(value) ? value : undefined;
};

export const convolves = (node: GraphNode): boolean => /^conv[123]d$/.test(node.operator);

/** The number that a constant holds, in whatever shape; undefined where the tensor is no constant of one element. */
export const numberOf = (tensors: ReadonlyMap<string, GraphTensor>, name: string | undefined): number | undefined => {
  const data = tensors.get(name ?? '')?.data;
  return data?.shape.every((extent) => extent === 1) ? toNumbers(data)[0] : undefined;
};

/** The network with these calls in place of its own, and without the tensors that none of them needs any more. */
export const withCalls = (network: Network, calls: readonly Call[]): Network => {
  const used = new Set([...network.inputs, ...network.outputs, ...calls.flatMap((call) => [...call.inputs, call.output])]);
  return { ...network, calls, tensors: new Map([...network.tensors].filter(([name]) => used.has(name))) };
};

/** Whether an axis has more than one point: those of one come and go without an element moving. */
export const isLong = (axis: LoopVariable): boolean => axis.last > axis.first;

/** A name that nothing has yet: `wanted`, or with a number behind it. */
export const freshName = (taken: { has(name: string): boolean }, wanted: string): string => {
  if (!taken.has(wanted)) return wanted;
  for (let i = 2; ; i++) if (!taken.has(`${wanted}${i}`)) return `${wanted}${i}`;
};

/** The same, and from then on it is taken. */
export const takeName = (taken: Set<string>, wanted: string): string => {
  const name = freshName(taken, wanted);
  taken.add(name);
  return name;
};

/** Adds a constant to a map of tensors and answers its name. */
export const addConstant = (tensors: Map<string, GraphTensor>, wanted: string, data: TensorData): string => {
  const name = freshName(tensors, wanted);
  tensors.set(name, { name, dtype: data.dtype, shape: data.shape, data });
  return name;
};

/** What a pass adds to a graph beside the nodes that it rewrites. Names are the wanted ones, or those with a number behind them. */
export interface Additions {
  /** Those of the graph, and those added. */
  readonly tensors: ReadonlyMap<string, GraphTensor>;
  /** The name of a new tensor. */
  tensor(wanted: string, type: Pick<GraphTensor, 'dtype' | 'shape'>): string;
  /** The name of a new constant. */
  constant(wanted: string, data: TensorData): string;
  /** A name for a new node. */
  nodeName(wanted: string): string;
}

/** The graph with the nodes that `rewrite` makes of each one in its place; undefined leaves it as it is. */
export const rewriteNodes = (graph: Graph, rewrite: (node: GraphNode, added: Additions) => readonly GraphNode[] | undefined): Graph => {
  const tensors = new Map(graph.tensors), names = new Set(graph.nodes.map(({ name }) => name));
  const added: Additions = {
    tensors,
    tensor: (wanted, { dtype, shape }) => {
      const name = freshName(tensors, wanted);
      tensors.set(name, { name, dtype, shape });
      return name;
    },
    constant: (wanted, data) => addConstant(tensors, wanted, data),
    nodeName: (wanted) => takeName(names, wanted),
  };
  return { ...graph, nodes: graph.nodes.flatMap((node) => rewrite(node, added) ?? [node]), tensors };
};

/** The loads of some operands in a stage. */
export const loadsFrom = ({ value }: Stage, operands: ReadonlySet<string>): readonly Load[] => loadsOf(value).filter(({ tensor }) => operands.has(tensor));
