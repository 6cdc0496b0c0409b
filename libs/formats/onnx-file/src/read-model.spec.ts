/** Models read and written back, told from other files, and damaged in every way a seeded generator finds. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { file, needs, shared } from '@loopsmith/testing';
import onnxProto from 'onnx-proto';
import { seededRandom, unwrap } from '@loopsmith/util';
import { looksLikeModel, readModel, writeModel, type OnnxAttribute, type OnnxModel } from './index.js';

const { onnx } = onnxProto;
const messageOf = (bytes: Uint8Array): string => {
  const outcome = readModel(bytes);
  return outcome.ok ? 'read' : outcome.failure.message;
};

const attributes: ReadonlyMap<string, OnnxAttribute> = new Map<string, OnnxAttribute>([
  ['alpha', { kind: 'float', value: 0.5 }],
  ['axis', { kind: 'int', value: -(2n ** 63n) }],
  ['mode', { kind: 'string', value: 'Grüße' }],
  ['value', { kind: 'tensor', value: { name: 't', dtype: 'i64', shape: [1], values: BigInt64Array.of(7n) } }],
  ['body', { kind: 'graph', value: { name: 'inner', inputs: [], outputs: [], initializers: [], nodes: [] } }],
  ['scales', { kind: 'floats', value: [1, 2] }],
  ['pads', { kind: 'ints', value: [0n, 2n ** 63n - 1n] }],
  ['names', { kind: 'strings', value: ['a', ''] }],
]);
const model: OnnxModel = {
  irVersion: 7, producer: 'spec', opsets: new Map([['', 13], ['com.example', 1]]),
  graph: {
    name: 'g',
    inputs: [{ name: 'x', elementType: 1, shape: [1, 'N', null] }, { name: 'open', elementType: 7, shape: null }],
    outputs: [{ name: 'y', elementType: 10, shape: [] }],
    initializers: [{ name: 'w', dtype: 'f32', shape: [2], values: Float32Array.of(1, 2) }],
    nodes: [{ name: 'n', operator: 'Everything', domain: 'com.example', attributes, inputs: ['x', '', 'w'], outputs: ['y'] }],
  },
};
const nested = (depth: number): onnxProto.onnx.IGraphProto => {
  let graph: onnxProto.onnx.IGraphProto = {};
  for (let i = 0; i < depth; i++) graph = { node: [{ attribute: [{ name: 'body', type: 5, g: graph }] }] };
  return graph;
};

describe('reading models', () => {
  it('reads back what it wrote', () => expect(unwrap(readModel(writeModel(model)))).to.deep.equal(model));

  it('calls a nameless node by operator and place, takes version 1 where none is imported', () => {
    const read = unwrap(readModel(onnx.ModelProto.encode({ graph: { node: [{ opType: 'Relu', domain: 'ai.onnx' }] } }).finish()));
    expect([read.graph.nodes[0]!.name, read.graph.nodes[0]!.domain, read.opsets.get('')]).to.deep.equal(['Relu_0', '', 1]);
  });

  it('reads attributes of files that declare no type', () => {
    const attribute = [{ name: 'i', i: 0 }, { name: 'f', f: 0.5 }, { name: 's', s: new Uint8Array([65]) }, { name: 'ints', ints: [3] }, { name: 'nothing' }];
    const read = unwrap(readModel(onnx.ModelProto.encode({ graph: { node: [{ opType: 'Old', attribute }] } }).finish()));
    expect([...read.graph.nodes[0]!.attributes.values()].map(({ kind, value }) => [kind, value])).to.deep.equal([['int', 0n], ['float', 0.5], ['string', 'A'], ['ints', [3n]], ['other', 'attribute type 0']]);
  });

  it('tells a model from other files', () => {
    const bytes = writeModel(model);
    expect(looksLikeModel(bytes)).to.equal(true);
    expect(looksLikeModel(bytes.subarray(0, bytes.length - 10))).to.equal(true);
    const others = ['', '{"format": "graph-model"}', 'PK\u0003\u0004', '\n\u0005hello', '\u0008\u0001\u0012\u0003abc'];
    expect(others.map((text) => looksLikeModel(new TextEncoder().encode(text)))).to.deep.equal(others.map(() => false));
  });

  const whole = writeModel(model);
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['an empty file', new Uint8Array(0), 'the model is empty (0 bytes); download or export it again'],
    ['a cut file', whole.subarray(0, whole.length - 30), `the model ends in the middle of a field that starts at byte 8 of ${whole.length - 30}; the file is cut off or is not ONNX, so download or export it again`],
    ['text', new TextEncoder().encode('model.onnx not found'), 'the model is not ONNX: byte 5 starts no protobuf field of a Model message; check that this is the model file and not a text or an archive'],
    ['a model without a graph', onnx.ModelProto.encode({ irVersion: 8 }).finish(), 'the model has no graph; an ONNX model with a graph was expected'],
    ['an impossible operator set', onnx.ModelProto.encode({ opsetImport: [{ domain: '', version: { low: 0, high: 0x7fffffff, unsigned: false } as never }], graph: {} }).finish(), 'the model asks for operator set 9223372032559808512, which does not exist'],
    ['sparse weights', onnx.ModelProto.encode({ graph: { name: 'g', sparseInitializer: [{}] } }).finish(), 'graph g has sparse initializers, which Loopsmith does not read; export the model with dense weights'],
    ['an attribute without its tensor', onnx.ModelProto.encode({ graph: { node: [{ name: 'c', opType: 'Constant', attribute: [{ name: 'value', type: 4 }] }] } }).finish(), 'node c: attribute value is a tensor without content'],
    ['a graph attribute without its graph', onnx.ModelProto.encode({ graph: { node: [{ name: 'c', opType: 'If', attribute: [{ name: 'then', type: 5 }] }] } }).finish(), 'node c: attribute then is a graph without content'],
    ['a dimension that no machine holds', onnx.ModelProto.encode({ graph: { input: [{ name: 'x', type: { tensorType: { elemType: 1, shape: { dim: [{ dimValue: { low: 0, high: 1 << 30, unsigned: false } as never }] } } } }] } }).finish(), 'tensor x has the dimension 4611686018427387904, which no machine holds'],
  ];
  for (const [name, bytes, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(bytes)).to.equal(message));

  it('reads deep nesting and refuses what would exhaust the stack', () => {
    expect(messageOf(onnx.ModelProto.encode({ graph: nested(60) }).finish())).to.equal('read');
    expect(messageOf(onnx.ModelProto.encode({ graph: nested(300) }).finish())).to.match(/^the model nests more than 200 messages at byte \d+; no real model does, so it is refused before it exhausts the stack$/);
  });

  it('answers every mutation with a model or a failure, never a throw', () => {
    const random = seededRandom(1);
    const seen = new Set<string>();
    for (let i = 0; i < 20000; i++) {
      const bytes = new Uint8Array(whole);
      for (let edits = 1 + random.below(4); edits > 0; edits--) bytes[random.below(bytes.length)] = random.below(256);
      const outcome = readModel(random.below(4) === 0 ? bytes.subarray(0, random.below(bytes.length)) : bytes);
      seen.add(outcome.ok ? 'read' : outcome.failure.code);
    }
    expect([...seen]).to.include.members(['read', 'onnx-truncated', 'onnx-damaged', 'onnx-tensor']);
  });

  it('reads a trained model, and writes it so that it reads the same', function () {
    const path = shared('models', 'onnx', 'squeezenet-fp16', 'model.onnx');
    needs(this, file(path));
    const read = unwrap(readModel(readFileSync(path)));
    expect([read.opsets.get(''), read.graph.nodes.length, read.graph.initializers.length, read.graph.initializers[0]!.dtype]).to.deep.equal([7, 66, 52, 'f16']);
    expect(unwrap(readModel(writeModel(read)))).to.deep.equal(read);
  });
});
