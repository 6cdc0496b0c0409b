/** OnnxModel and OnnxTensor to bytes: data always raw, little endian. Writes what it is given; it checks no operator. */
import type onnxProto from 'onnx-proto';
import { attributeType } from './attribute-type.js';
import { elementTypeOf } from './element-type.js';
import { toLong } from './integers.js';
import { messages } from './messages.js';
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from './model.js';

export const writeTensor = (tensor: OnnxTensor): Uint8Array => messages().TensorProto.encode(tensorProto(tensor)).finish();

/**
 * What is read back from the bytes equals `model`, except that integers wider than 2^53 in shapes cannot be written.
 * The weights are copied once, into the result: the encoder would copy them at every level of nesting.
 */
export const writeModel = ({ irVersion, producer, opsets, graph, functions = [] }: OnnxModel): Uint8Array => {
  const { node = [], name, input = [], output = [] } = graphProto({ ...graph, initializers: [] });
  const parts = [
    messages().GraphProto.encode({ node, name: name ?? '' }).finish(),
    ...graph.initializers.flatMap((tensor) => {
      const data = rawBytes(tensor), head = messages().TensorProto.encode(tensorHead(tensor)).finish();
      const tail = [...tagAndLength(rawDataField, data.length)];
      return [Uint8Array.from([...tagAndLength(initializerField, head.length + tail.length + data.length), ...head, ...tail]), data];
    }),
    messages().GraphProto.encode({ input, output }).finish(),
  ];
  const size = parts.reduce((total, part) => total + part.length, 0);
  return joined([
    messages().ModelProto.encode({ irVersion, producerName: producer }).finish(),
    Uint8Array.from(tagAndLength(graphField, size)), ...parts,
    messages().ModelProto.encode({ opsetImport: [...opsets].map(([domain, version]) => ({ domain, version })) }).finish(),
    ...functions.flatMap(functionParts),
  ]);
};

/** The encoder's schema knows no default attributes. */
const functionParts = ({ domain, name, inputs, outputs, nodes, defaults }: OnnxFunction): readonly Uint8Array[] => {
  const body = messages().FunctionProto.encode({ domain, name, input: [...inputs], output: [...outputs], node: nodes.map(nodeProto) }).finish();
  const parts = [body, ...[...defaults].flatMap(([key, value]) => {
    const attribute = messages().AttributeProto.encode(attributeProto(key, value)).finish();
    return [Uint8Array.from(tagAndLength(defaultsField, attribute.length)), attribute];
  })];
  return [Uint8Array.from(tagAndLength(functionsField, parts.reduce((total, part) => total + part.length, 0))), ...parts];
};

/** Field numbers of onnx.proto3: ModelProto.functions, FunctionProto.attribute_proto, ModelProto.graph, GraphProto.initializer, TensorProto.raw_data. */
const functionsField = 25, defaultsField = 11, graphField = 7, initializerField = 5, rawDataField = 9;

/** A field of bytes as protobuf frames it: its number with wire type 2, then the length. */
const tagAndLength = (field: number, length: number): readonly number[] => [...varint(field * 8 + 2), ...varint(length)];

/** In groups of seven bits. */
const varint = (value: number): readonly number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
};

const joined = (parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) { bytes.set(part, at); at += part.length; }
  return bytes;
};

const rawBytes = ({ values }: OnnxTensor): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const tensorHead = ({ name, dtype, shape }: OnnxTensor): onnxProto.onnx.ITensorProto => ({ name, dataType: elementTypeOf(dtype), dims: [...shape] });
const tensorProto = (tensor: OnnxTensor): onnxProto.onnx.ITensorProto => ({ ...tensorHead(tensor), rawData: rawBytes(tensor) });

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

const attributeProto = (name: string, attribute: OnnxAttribute): onnxProto.onnx.IAttributeProto => {
  const bytes = new TextEncoder();
  switch (attribute.kind) {
    case 'float': return { name, type: attributeType.float, f: attribute.value };
    case 'int': return { name, type: attributeType.int, i: toLong(attribute.value) };
    case 'string': return { name, type: attributeType.string, s: bytes.encode(attribute.value) };
    case 'tensor': return { name, type: attributeType.tensor, t: tensorProto(attribute.value) };
    case 'graph': return { name, type: attributeType.graph, g: graphProto(attribute.value) };
    case 'floats': return { name, type: attributeType.floats, floats: [...attribute.value] };
    case 'ints': return { name, type: attributeType.ints, ints: attribute.value.map(toLong) };
    case 'strings': return { name, type: attributeType.strings, strings: attribute.value.map((s) => bytes.encode(s)) };
    case 'reference': return { name, refAttrName: attribute.value };
    case 'other': throw new Error(`attribute ${name} (${attribute.value}) has no form to write`);
    default: return attribute satisfies never;
  }
};
