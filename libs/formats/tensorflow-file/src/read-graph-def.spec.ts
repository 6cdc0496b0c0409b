/** GraphDefs from bytes: attributes by kind, tensors in every spelling, functions; and what is refused, with its whole message. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { looksLikeGraphDef, looksLikeSavedModel, readGraphDef, type TfAttribute } from './index.js';
import { entry, graph, message, node, shape, type EncodedField } from './testing/encode.js';

const refusal = (bytes: Uint8Array): string => {
  const read = readGraphDef(bytes, 'g.pb');
  return read.ok ? 'read' : `${read.failure.code}: ${read.failure.message}`;
};
const attribute = (value: Uint8Array): TfAttribute => unwrap(readGraphDef(graph(node('a', 'Op', [], { it: value })))).nodes[0]!.attributes.get('it')!;
const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const tensor = (...fields: readonly EncodedField[]): Uint8Array => message([8, message(...fields)]);
const valuesOf = (bytes: Uint8Array): string => {
  const found = attribute(bytes);
  return found.kind === 'tensor' ? `${found.value.dtype} [${found.value.shape.join()}] ${[...found.value.values].join()}` : found.kind;
};

describe('reading GraphDef', () => {
  it('reads nodes in order with names, operators and inputs as they are written', () => {
    const { nodes } = unwrap(readGraphDef(graph(node('b', 'Add', ['a:1', '^c']), node('a', 'Placeholder'))));
    expect(nodes.map(({ name, operator, inputs }) => [name, operator, inputs])).to.deep.equal([['b', 'Add', ['a:1', '^c']], ['a', 'Placeholder', []]]);
  });

  const kinds: readonly (readonly [string, Uint8Array, TfAttribute])[] = [
    ['a text', message([2, 'SAME']), { kind: 'text', value: 'SAME' }],
    ['a negative integer', message([3, -2]), { kind: 'integer', value: -2 }],
    ['a number', message([4, { float: 0.5 }]), { kind: 'number', value: 0.5 }],
    ['a flag', message([5, 1]), { kind: 'flag', value: true }],
    ['a type', message([6, 9]), { kind: 'type', value: 'i64' }],
    ['a reference type', message([6, 101]), { kind: 'type', value: 'f32' }],
    ['a shape with an open size', message([7, shape(-1, 3)]), { kind: 'shape', value: [null, 3] }],
    ['an open rank', message([7, message([3, 1])]), { kind: 'shape', value: null }],
    ['a function', message([10, message([1, 'body'])]), { kind: 'function', value: 'body' }],
    ['packed integers', message([1, message([3, Uint8Array.of(1, 2, 2, 1)])]), { kind: 'list', texts: [], integers: [1, 2, 2, 1], numbers: [], types: [] }],
    ['integers one by one, texts, numbers, types', message([1, message([3, 7], [3, -1], [2, 'BiasAdd'], [4, { float: 2 }], [6, 3])]), { kind: 'list', texts: ['BiasAdd'], integers: [7, -1], numbers: [2], types: ['i32'] }],
    ['the last of two values', message([3, 1], [5, 0]), { kind: 'flag', value: false }],
    ['what is not read', message([9, 'placeholder']), { kind: 'other', value: 'field 9' }],
  ];
  for (const [name, bytes, expected] of kinds) it(`reads ${name}`, () => expect(attribute(bytes)).to.deep.equal(expected));

  const tensors: readonly (readonly [string, Uint8Array, string])[] = [
    ['packed content', tensor([1, 1], [2, shape(2)], [4, floats(1.5, -2)]), 'f32 [2] 1.5,-2'],
    ['typed values', tensor([1, 3], [2, shape(3)], [7, Uint8Array.of(1, 2, 3)]), 'i32 [3] 1,2,3'],
    ['one value for all elements', tensor([1, 1], [2, shape(2, 2)], [5, floats(7)]), 'f32 [2,2] 7,7,7,7'],
    ['a last value that fills the rest', tensor([1, 3], [2, shape(4)], [7, 5], [7, 6]), 'i32 [4] 5,6,6,6'],
    ['no value as zeros', tensor([1, 10], [2, shape(2)]), 'bool [2] 0,0'],
    ['a scalar', tensor([1, 9], [10, -3]), 'i64 [] -3'],
    ['half floats as bits', tensor([1, 19], [2, shape(1)], [13, 0x3c00]), 'f16 [1] 15360'],
    ['texts', tensor([1, 7], [2, shape(2)], [8, 'a'], [8, 'b']), 'string [2] a,b'],
  ];
  for (const [name, bytes, expected] of tensors) it(`reads ${name}`, () => expect(valuesOf(bytes)).to.equal(expected));

  it('reads functions with their arguments and results', () => {
    const signature = message([1, 'f'], [2, message([1, 'x'])], [2, message([1, 'y'])], [3, message([1, 'out'])]);
    const body = message([1, signature], [3, node('sum', 'Add', ['x', 'y'])], [4, entry('out', 'sum:z:0')], [6, entry('log', 'print')]);
    const { functions } = unwrap(readGraphDef(message([1, node('a', 'Op')], [2, message([1, body])])));
    const one = functions.get('f')!;
    expect([one.inputs, one.outputs, one.nodes.map(({ name }) => name), [...one.returns]]).to.deep.equal([['x', 'y'], ['out'], ['sum'], [['out', 'sum:z:0']]]);
  });

  const constant = (...fields: readonly EncodedField[]): Uint8Array => graph(node('w', 'Const', [], { value: tensor(...fields) }));
  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['no nodes', new Uint8Array(0), 'tensorflow-damaged: g.pb has no nodes; a frozen GraphDef with some was expected'],
    ['a file that ends too early', graph(node('a', 'Op')).subarray(0, 6), 'tensorflow-truncated: g.pb ends in the middle of a field that starts at byte 0 of 6; the file is cut off, so download or export it again'],
    ['a field that runs past its message', Uint8Array.of(10, 2, 10, 9, 10, 0), 'tensorflow-damaged: g.pb is damaged: byte 2 starts no field of its message; download or export it again'],
    ['a group', Uint8Array.of(11), 'tensorflow-damaged: g.pb is damaged: byte 0 starts no field of its message; download or export it again'],
    ['a number where a message belongs', message([1, 5]), 'tensorflow-damaged: g.pb is damaged: field 1 of a message is a number, bytes were expected; download or export it again'],
    ['too little content', constant([1, 1], [2, shape(2)], [4, floats(1)]), 'tensorflow-damaged: g.pb: w of 2 f32 has 4 bytes of data; 8 were expected'],
    ['too many values', constant([1, 3], [2, shape(1)], [7, 1], [7, 2]), 'tensorflow-damaged: g.pb: the constant w of 1 i32 has 2 values'],
    ['more zeros than a file can mean', constant([1, 1], [2, shape(100000, 100000)]), 'tensorflow-damaged: g.pb: the constant w of 10000000000 f32 has only 0 values; the rest may be filled up to 67108864 elements'],
    ['an open size of a constant', constant([1, 1], [2, shape(-1)]), 'tensorflow-damaged: g.pb: the constant w has an open dimension; a constant has none'],
    ['a size that no machine holds', constant([1, 1], [2, shape(2 ** 40)]), 'tensorflow-damaged: g.pb has a tensor with a dimension of 1099511627776; sizes up to 4294967296 were expected'],
    ['complex numbers', constant([1, 8], [2, shape(1)]), 'tensorflow-unsupported: g.pb: the constant w is of type complex64, which Loopsmith does not compute with; export the model with float32 weights'],
  ];
  for (const [name, bytes, expected] of refusals) it(`refuses ${name}`, () => expect(refusal(bytes)).to.equal(expected));

  it('makes what a value stands for many times when it is asked for', () => {
    const many = graph(...Array.from({ length: 8 }, (_, i) => node(`c${i}`, 'Const', [], { value: tensor([1, 1], [2, shape(2 ** 26)], [5, floats(7)]) })));
    const before = process.memoryUsage().arrayBuffers, { nodes } = unwrap(readGraphDef(many));
    expect(nodes.length).to.equal(8);
    // made at once they would take 2 GB
    expect((process.memoryUsage().arrayBuffers - before) / 2 ** 20, 'MB').to.be.below(200);
  });
  it('is told apart from other formats by its content', () => {
    const frozen = graph(node('a', 'Op')), saved = message([1, 1], [2, message([1, message([4, 'serve'])], [2, frozen])]);
    const onnx = message([1, 8], [2, 'a producer'], [7, message([2, 'graph'])]);
    const looks = [frozen, saved, onnx, new TextEncoder().encode('{"nodes": []}'), new Uint8Array(0)].map((bytes) => [looksLikeGraphDef(bytes), looksLikeSavedModel(bytes)]);
    expect(looks).to.deep.equal([[true, false], [false, true], [false, false], [false, false], [false, false]]);
    expect(looksLikeGraphDef(graph(node('a', 'Op'), node('b', 'Op')).subarray(0, 12))).to.equal(true);
  });
});
