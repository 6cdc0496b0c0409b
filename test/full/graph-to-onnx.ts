/** A random graph as an ONNX model of operator set 17, so that another runtime can answer for it. Knows the operators of random graphs, and throws at any other. */
import { fromNumbers, type Attribute, type DType, type Graph, type GraphNode } from '@loopsmith/ir';
import { writeModel, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '@loopsmith/onnx-file';

const elementTypes: Partial<Readonly<Record<DType, number>>> = { f32: 1, i32: 6, i64: 7, bool: 9 };

interface Written { readonly operator: string; readonly attributes?: Readonly<Record<string, OnnxAttribute>>; /** Integer inputs behind the node's own. */ readonly integers?: readonly (readonly number[])[] }

const ints = (values: unknown): OnnxAttribute => ({ kind: 'ints', value: (values as readonly number[]).map(BigInt) });
const int = (value: unknown): OnnxAttribute => ({ kind: 'int', value: BigInt(Number(value)) });
const float = (value: unknown): OnnxAttribute => ({ kind: 'float', value: value as number });

const sameName: Readonly<Record<string, string>> = {
  relu: 'Relu', tanh: 'Tanh', sigmoid: 'Sigmoid', absolute: 'Abs', hardSwish: 'HardSwish', add: 'Add', subtract: 'Sub', multiply: 'Mul', max: 'Max', min: 'Min', matmul: 'MatMul',
  where: 'Where', greater: 'Greater', globalAveragePool: 'GlobalAveragePool',
};

const window = ({ attributes }: GraphNode): Record<string, OnnxAttribute> => Object.fromEntries((['strides', 'pads', 'dilations'] as const).flatMap((name) => (attributes[name] === undefined ? [] : [[name, ints(attributes[name])]])));

/** What a node is in ONNX, or its operator's name again where that is all. */
const writtenOf = (node: GraphNode): Written => {
  const { operator, attributes: a } = node, given = (name: string): Attribute => a[name] ?? unknown(node);
  switch (operator) {
    case 'conv2d': return { operator: 'Conv', attributes: { ...window(node), group: int(a['groups'] ?? 1) } };
    case 'maxPool': return { operator: 'MaxPool', attributes: { ...window(node), kernel_shape: ints(given('kernel')) } };
    case 'averagePool': return { operator: 'AveragePool', attributes: { ...window(node), kernel_shape: ints(given('kernel')), count_include_pad: int(given('countIncludePad')) } };
    case 'softmax': return { operator: 'Softmax', attributes: { axis: int(given('axis')) } };
    case 'batchNormalization': return { operator: 'BatchNormalization', attributes: { epsilon: float(given('epsilon')) } };
    case 'leakyRelu': return { operator: 'LeakyRelu', attributes: { alpha: float(given('alpha')) } };
    case 'concat': return { operator: 'Concat', attributes: { axis: int(given('axis')) } };
    case 'gather': return { operator: 'Gather', attributes: { axis: int(given('axis')) } };
    case 'transpose': return { operator: 'Transpose', attributes: { perm: ints(given('permutation')) } };
    case 'reshape': return { operator: 'Reshape', integers: [given('shape') as readonly number[]] };
    case 'pad': {
      const pads = given('pads') as readonly number[], rank = pads.length / 2;
      // Pad wraps since operator set 19 only; what random graphs wrap is one element along an axis, which Tile repeats
      return a['mode'] === 'wrap' ? { operator: 'Tile', integers: [pads.slice(0, rank).map((before, axis) => before + pads[rank + axis]! + 1)] } : { operator: 'Pad', integers: [pads] };
    }
    case 'slice': {
      const axes = given('axes') as readonly number[];
      return { operator: 'Slice', integers: [given('starts') as readonly number[], given('ends') as readonly number[], axes, (a['steps'] as readonly number[] | undefined) ?? axes.map(() => 1)] };
    }
    case 'reduceSum': return { operator: 'ReduceSum', attributes: { keepdims: int(given('keepDims')) }, integers: [given('axes') as readonly number[]] };
    case 'reduceMean': case 'reduceMax': return { operator: operator === 'reduceMean' ? 'ReduceMean' : 'ReduceMax', attributes: { keepdims: int(given('keepDims')), axes: ints(given('axes')) } };
    default: return { operator: sameName[operator] ?? unknown(node) };
  }
};
const unknown = (node: GraphNode): never => { throw new Error(`the operator ${node.operator} of random graphs has no form in ONNX here; add it`); };

const int64 = (name: string, values: readonly number[]): OnnxTensor => ({ name, dtype: 'i64', shape: [values.length], values: BigInt64Array.from(values, BigInt) });

export const onnxOf = (graph: Graph): Uint8Array => {
  const initializers: OnnxTensor[] = [...graph.tensors.values()].flatMap(({ name, data }) => (data ? [{ ...data, name }] : []));
  const nodes = graph.nodes.map((node): OnnxNode => {
    if (node.operator === 'clip') {
      const bounds = (['min', 'max'] as const).map((name): OnnxTensor => ({ name: `${node.name}/${name}`, ...fromNumbers('f32', [], [node.attributes[name] as number]) }));
      initializers.push(...bounds);
      return { name: node.name, operator: 'Clip', domain: '', attributes: new Map(), inputs: [...node.inputs, ...bounds.map(({ name }) => name)], outputs: node.outputs };
    }
    const { operator, attributes = {}, integers = [] } = writtenOf(node);
    const more = integers.map((values, i) => int64(`${node.name}/${i}`, values));
    initializers.push(...more);
    return { name: node.name, operator, domain: '', attributes: new Map(Object.entries(attributes)), inputs: [...node.inputs, ...more.map(({ name }) => name)], outputs: node.outputs };
  });
  const value = (name: string) => { const { dtype, shape } = graph.tensors.get(name)!; return { name, elementType: elementTypes[dtype]!, shape }; };
  return writeModel({ irVersion: 8, producer: 'loopsmith', opsets: new Map([['', 17]]), graph: { name: graph.name, inputs: graph.inputs.map(value), outputs: graph.outputs.map(value), initializers, nodes } });
};
