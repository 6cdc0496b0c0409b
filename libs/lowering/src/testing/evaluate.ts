/** The reference for whole networks: evaluates a graph node by node, or a network call by call, through the definitions alone. Slow and exact; knows no layout. */
import { evaluate, outputOf, pack, plainLayout, sliceBegin, type Definition, type Graph, type Network, type TensorData } from '@loopsmith/ir';
import { elementArray, product, unwrap } from '@loopsmith/util';
import { operandsOf, operatorOf } from '../operators/operators.js';

/** Values of tensors by name; the answer holds the model's outputs, or every tensor with `keep: 'all'`. */
export type Values = ReadonlyMap<string, TensorData>;
interface Options { readonly keep?: 'outputs' | 'all' }

/** `inputs` hold every input of the graph. Throws a Failure where a node is refused. */
export const evaluateGraph = (graph: Graph, inputs: Values, options: Options = {}): Values =>
  run(graph, inputs, options, graph.nodes.map((node) => ({
    definition: unwrap(operatorOf(node).define(node, operandsOf(graph, node))),
    inputs: node.inputs.filter((name) => name !== ''), output: node.outputs[0]!,
  })));

/** As `evaluateGraph`, for the calls of a network. */
export const evaluateNetwork = (network: Network, inputs: Values, options: Options = {}): Values =>
  run(network, inputs, options, network.calls, (name, values) => writeSlice(network.tensors, name, values));

interface Step { readonly definition: Definition; readonly inputs: readonly string[]; readonly output: string }

const run = (
  form: {
    readonly name: string;
    readonly outputs: readonly string[];
    readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data?: TensorData }>;
  },
  inputs: Values,
  { keep }: Options,
  steps: readonly Step[],
  made: (name: string, values: Map<string, TensorData>) => void = () => undefined,
): Values => {
  const values = new Map(inputs);
  for (const [name, { data }] of form.tensors) if (data) values.set(name, data);
  const valueOf = (name: string): TensorData => {
    const value = values.get(name);
    if (!value) throw new Error(`${form.name}: no value for ${name}`);
    return value;
  };
  for (const step of steps) {
    // a definition may see a tensor under another shape of as many elements (joined rows)
    const known = new Map(step.definition.inputs.map((input, i) => [input.name, { ...valueOf(step.inputs[i]!), shape: input.shape }] as const));
    const answer = evaluate(step.definition, known).get(outputOf(step.definition).name)!;
    values.set(step.output, { ...answer, shape: form.tensors.get(step.output)?.shape ?? answer.shape });
    made(step.output, values);
  }
  return keep === 'all' ? values : new Map(form.outputs.map((name) => [name, valueOf(name)]));
};

/** Writes a tensor that is a slice into the value of what it is a slice of, and so on outwards. */
const writeSlice = (tensors: Network['tensors'], name: string, values: Map<string, TensorData>): void => {
  const slice = tensors.get(name), whole = slice?.sliceOf === undefined ? undefined : tensors.get(slice.sliceOf);
  if (!slice || !whole) return;
  const { dtype, shape } = whole, begin = sliceBegin(tensors, slice);
  const target = values.get(whole.name) ?? { dtype, shape, values: elementArray(dtype, product(shape)) };
  // elements move as they are, whether numbers or bigints
  pack(
    plainLayout(shape).map((dim) => ({ ...dim, offset: begin[dim.axis]! })),
    slice.shape,
    values.get(name)!.values as { [i: number]: number },
    target.values as { [i: number]: number },
  );
  values.set(whole.name, target);
  writeSlice(tensors, whole.name, values);
};
