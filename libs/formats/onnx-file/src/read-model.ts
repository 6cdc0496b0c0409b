/** ModelProto to OnnxModel. Checks what can be checked without knowing operators, and names the first thing that is wrong. */
import type onnxProto from 'onnx-proto';
import { attempt, refuse, type Outcome } from '@loopsmith/util';
import { attributeType } from './attribute-type.js';
import type { ReadBeside } from './external-data.js';
import { toBigInt, toIndex } from './integers.js';
import { messages } from './messages.js';
import type { OnnxAttribute, OnnxFunction, OnnxGraph, OnnxModel, OnnxNode, OnnxValue } from './model.js';
import { tensorOf } from './read-tensor.js';
import { checkWire, contentsOf } from './wire.js';

const refuseModel = (message: string, text?: string): never => refuse({ code: 'onnx-model', stage: 'import', message, ...(text === undefined ? {} : { text }) });

/** `what`: what a refusal calls the model. Failures: empty, cut off, too deep, not ONNX, no graph, a tensor that contradicts itself, external data that is not there. */
export const readModel = (bytes: Uint8Array, beside?: ReadBeside, what = 'the model'): Outcome<OnnxModel> => attempt(() => {
  checkWire(bytes, 'Model', what);
  let proto: onnxProto.onnx.ModelProto;
  try {
    proto = messages().ModelProto.decode(bytes);
  } catch (error) {
    return refuse({
      code: 'onnx-damaged',
      stage: 'import',
      message: `${what} is not ONNX: its fields do not decode; check that this is the model file and export it again if it is`,
      text: String(error),
    });
  }
  if (!proto.graph) return refuseModel(`${what} has no graph; an ONNX model with a graph was expected`);
  const opsets = new Map(proto.opsetImport.map((opset) => [
    domainOf(opset.domain),
    opset.version == null ? 1 : toIndex(opset.version) ?? refuseModel(`${what} asks for operator set ${toBigInt(opset.version)}, which does not exist`),
  ]));
  // an operator that a function uses means the same in the model's version, which ONNX's rules for functions ask for
  for (const { domain, version } of proto.functions.flatMap((one) => one.opsetImport ?? []))
    if (!opsets.has(domainOf(domain))) opsets.set(domainOf(domain), version == null ? 1 : (toIndex(version) ?? 0));
  if (!opsets.has('')) opsets.set('', 1);
  const readBeside = beside && readOnce(beside), functions = proto.functions.length > 0 ? functionsOf(proto.functions, bytes, readBeside) : undefined;
  return { irVersion: toIndex(proto.irVersion) ?? 0, producer: proto.producerName, opsets, graph: graphOf(proto.graph, readBeside), ...(functions ? { functions } : {}) };
});

/** All tensors of a model tend to lie in one file. */
const readOnce = (readBeside: ReadBeside): ReadBeside => {
  const files = new Map<string, Uint8Array | undefined>();
  return (path) => {
    if (!files.has(path)) files.set(path, readBeside(path));
    return files.get(path);
  };
};

/** Numbers of onnx.proto3 that the decoder's schema, older than IR 9, is asked for or lacks: ModelProto.functions, FunctionProto.attribute_proto. */
const functionsField = 25, defaultsField = 11;

const functionsOf = (functions: readonly onnxProto.onnx.IFunctionProto[], model: Uint8Array, readBeside: ReadBeside | undefined): readonly OnnxFunction[] => {
  const contents = contentsOf(model, functionsField);
  return functions.map((one, i): OnnxFunction => {
    const name = one.name ?? '', defaults = contentsOf(contents[i] ?? new Uint8Array(0), defaultsField).map((attribute) => messages().AttributeProto.decode(attribute));
    return {
      domain: domainOf(one.domain), name, inputs: one.input ?? [], outputs: one.output ?? [], nodes: (one.node ?? []).map((node, place) => nodeOf(node, place, readBeside)),
      defaults: new Map(defaults.map((attribute) => [attribute.name, attributeOf(attribute, `of function ${name}`, readBeside)])),
    };
  });
};

/** 'ai.onnx' and '' are the same domain. */
const domainOf = (domain: string | null | undefined): string => (domain == null || domain === 'ai.onnx' ? '' : domain);

const graphOf = (graph: onnxProto.onnx.IGraphProto, readBeside: ReadBeside | undefined): OnnxGraph => {
  if (graph.sparseInitializer?.length) return refuseModel(`graph ${graph.name ?? ''} has sparse initializers, which Loopsmith does not read; export the model with dense weights`);
  return {
    name: graph.name ?? '',
    inputs: (graph.input ?? []).map(valueOf),
    outputs: (graph.output ?? []).map(valueOf),
    initializers: (graph.initializer ?? []).map((tensor, i) => tensorOf(tensor, `initializer ${i}`, readBeside)),
    nodes: (graph.node ?? []).map((node, i) => nodeOf(node, i, readBeside)),
  };
};

const valueOf = (value: onnxProto.onnx.IValueInfoProto): OnnxValue => {
  const name = value.name ?? '';
  const tensor = value.type?.tensorType;
  if (!tensor) return { name, elementType: 0, shape: null };
  const shape = tensor.shape ? (tensor.shape.dim ?? []).map((dim): number | string | null => {
    if (dim.dimParam) return dim.dimParam;
    if (dim.dimValue == null || !Object.hasOwn(dim, 'dimValue')) return null;
    const size = toIndex(dim.dimValue) ?? refuseModel(`tensor ${name} has the dimension ${toBigInt(dim.dimValue)}, which no machine holds`);
    return size < 0 ? null : size; // exporters write -1 for a size that is open
  }) : null;
  return { name, elementType: tensor.elemType ?? 0, shape };
};

/** A node without a name is called by its operator and place, so that every message can name it. */
const nodeOf = (node: onnxProto.onnx.INodeProto, place: number, readBeside: ReadBeside | undefined): OnnxNode => {
  const operator = node.opType ?? '';
  const name = node.name ? node.name : `${operator}_${place}`;
  const attributes = new Map((node.attribute ?? []).map((attribute) => [attribute.name ?? '', attributeOf(attribute, name, readBeside)]));
  return { name, operator, domain: domainOf(node.domain), attributes, inputs: node.input ?? [], outputs: node.output ?? [] };
};

const utf8 = new TextDecoder();

/** Branches on the declared type; unset fields read as defaults. Files of IR 1 declare none, and then the field that is set tells. */
const attributeOf = (attribute: onnxProto.onnx.IAttributeProto, node: string, readBeside: ReadBeside | undefined): OnnxAttribute => {
  if (attribute.refAttrName) return { kind: 'reference', value: attribute.refAttrName };
  const type: number = attribute.type ? attribute.type : typeByField(attribute);
  switch (type) {
    case attributeType.float: return { kind: 'float', value: attribute.f ?? 0 };
    case attributeType.int: return { kind: 'int', value: toBigInt(attribute.i ?? 0) };
    case attributeType.string: return { kind: 'string', value: utf8.decode(attribute.s ?? new Uint8Array(0)) };
    case attributeType.floats: return { kind: 'floats', value: attribute.floats ?? [] };
    case attributeType.ints: return { kind: 'ints', value: (attribute.ints ?? []).map(toBigInt) };
    case attributeType.strings: return { kind: 'strings', value: (attribute.strings ?? []).map((s) => utf8.decode(s)) };
    case attributeType.tensor:
      return attribute.t
        ? { kind: 'tensor', value: tensorOf(attribute.t, `${attribute.name ?? ''} of node ${node}`, readBeside) }
        : refuseModel(`node ${node}: attribute ${attribute.name ?? ''} is a tensor without content`);
    case attributeType.graph:
      return attribute.g ? { kind: 'graph', value: graphOf(attribute.g, readBeside) } : refuseModel(`node ${node}: attribute ${attribute.name ?? ''} is a graph without content`);
    default: return { kind: 'other', value: `attribute type ${type}` };
  }
};

const typeByField = (attribute: onnxProto.onnx.IAttributeProto): number => {
  if (attribute.floats?.length) return attributeType.floats;
  if (attribute.ints?.length) return attributeType.ints;
  if (attribute.strings?.length) return attributeType.strings;
  if (attribute.t) return attributeType.tensor;
  if (attribute.g) return attributeType.graph;
  if (Object.hasOwn(attribute, 's')) return attributeType.string;
  if (Object.hasOwn(attribute, 'i')) return attributeType.int;
  return Object.hasOwn(attribute, 'f') ? attributeType.float : 0;
};
