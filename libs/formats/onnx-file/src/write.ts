/** OnnxModel and OnnxTensor to bytes: data always raw, little endian. Writes what it is given; it checks no operator. */
import onnxProto from 'onnx-proto';
import { elementTypeOf } from './element-type.js';
import type { OnnxAttribute, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.js';

const { onnx } = onnxProto;

export const writeTensor = (tensor: OnnxTensor): Uint8Array => onnx.TensorProto.encode(tensorProto(tensor)).finish();

/** What is read back from the bytes equals `model`, except that integers wider than 2^53 in shapes cannot be written. */
export const writeModel = (model: OnnxModel): Uint8Array => onnx.ModelProto.encode({
  irVersion: model.irVersion,
  producerName: model.producer,
  opsetImport: [...model.opsets].map(([domain, version]) => ({ domain, version })),
  graph: graphProto(model.graph),
}).finish();

const tensorProto = (tensor: OnnxTensor): onnxProto.onnx.ITensorProto => ({
  name: tensor.name,
  dataType: elementTypeOf(tensor.dtype),
  dims: [...tensor.shape],
  rawData: new Uint8Array(tensor.values.buffer, tensor.values.byteOffset, tensor.values.byteLength),
});

const graphProto = (graph: OnnxGraph): onnxProto.onnx.IGraphProto => ({
  name: graph.name,
  node: graph.nodes.map(nodeProto),
  initializer: graph.initializers.map(tensorProto),
  input: graph.inputs.map(valueProto),
  output: graph.outputs.map(valueProto),
});

const valueProto = (value: OnnxValue): onnxProto.onnx.IValueInfoProto => ({
  name: value.name,
  type: {
    tensorType: {
      elemType: value.elementType,
      ...(value.shape === null ? {} : { shape: { dim: value.shape.map((dim) => (dim === null ? {} : typeof dim === 'string' ? { dimParam: dim } : { dimValue: dim })) } }),
    },
  },
});

const nodeProto = (node: OnnxNode): onnxProto.onnx.INodeProto => ({
  name: node.name,
  opType: node.operator,
  domain: node.domain,
  input: [...node.inputs],
  output: [...node.outputs],
  attribute: [...node.attributes].map(([name, attribute]) => attributeProto(name, attribute)),
});

const longOf = (value: bigint): Long => ({ low: Number(BigInt.asIntN(32, value)), high: Number(BigInt.asIntN(32, value >> 32n)), unsigned: false }) as Long;
type Long = Exclude<onnxProto.onnx.IAttributeProto['i'], number | null | undefined>;

const attributeProto = (name: string, attribute: OnnxAttribute): onnxProto.onnx.IAttributeProto => {
  const { AttributeType } = onnx.AttributeProto;
  const bytes = new TextEncoder();
  switch (attribute.kind) {
    case 'float': return { name, type: AttributeType.FLOAT, f: attribute.value };
    case 'int': return { name, type: AttributeType.INT, i: longOf(attribute.value) };
    case 'string': return { name, type: AttributeType.STRING, s: bytes.encode(attribute.value) };
    case 'tensor': return { name, type: AttributeType.TENSOR, t: tensorProto(attribute.value) };
    case 'graph': return { name, type: AttributeType.GRAPH, g: graphProto(attribute.value) };
    case 'floats': return { name, type: AttributeType.FLOATS, floats: [...attribute.value] };
    case 'ints': return { name, type: AttributeType.INTS, ints: attribute.value.map(longOf) };
    case 'strings': return { name, type: AttributeType.STRINGS, strings: attribute.value.map((s) => bytes.encode(s)) };
    case 'other': throw new Error(`attribute ${name} (${attribute.value}) has no form to write`);
    default: return attribute satisfies never;
  }
};
