/** TensorFlow.js's model.json: topologies, signatures, weights in files beside it; and what is refused, with its whole message. */
import { expect } from 'chai';
import { unwrap } from '@loopsmith/util';
import { looksLikeTfjs, readTfjsModel } from './index.js';

const bytes = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const files: Readonly<Record<string, Uint8Array>> = { 'a.bin': Uint8Array.of(0, 0, 128, 63, 0, 0), 'b.bin': Uint8Array.of(0, 64, 5, 10, 0, 60) };
const weight = (name: string, shape: readonly number[], dtype: string, quantization?: object): object => ({ name, shape, dtype, ...(quantization ? { quantization } : {}) });
const model = (weights: readonly object[], topology: object = { node: [] }, more: object = {}): Uint8Array => bytes({ modelTopology: topology, weightsManifest: [{ paths: ['a.bin', 'b.bin'], weights }], ...more });
const read = (given: Uint8Array) => readTfjsModel(given, (path) => files[path], 'm.json');
const refusal = (given: Uint8Array): string => { const outcome = read(given); return outcome.ok ? 'read' : outcome.failure.message; };

/** All twelve bytes: a float across nothing, a float across both files, two quantised values, a half float. */
const all = [
  weight('f', [1], 'float32'), weight('g', [1], 'float32'), weight('q', [2], 'float32', { dtype: 'uint8', scale: 0.5, min: -1 }), weight('h', [1], 'float32', { dtype: 'float16', original_dtype: 'float32' }),
];

describe('reading tfjs models', () => {
  it('joins shards, multiplies quantised weights out and keeps half floats', () => {
    const { weights } = unwrap(read(model(all)));
    expect([...weights].map(([name, { dtype, shape, values }]) => [name, dtype, shape, [...values].map(Number)])).to.deep.equal([
      ['f', 'f32', [1], [1]], ['g', 'f32', [1], [2]], ['q', 'f32', [2], [1.5, 4]], ['h', 'f16', [1], [15360]],
    ]);
  });
  it('reads nodes, whose integers are texts and whose texts are base64', () => {
    const attr = { padding: { s: 'U0FNRQ==' }, strides: { list: { i: ['1', '2'], s: ['UmVsdQ=='] } }, T: { type: 'DT_FLOAT' }, axis: { i: '-1' }, e: { f: 'Infinity' }, b: { b: true }, shape: { shape: { dim: [{ size: '-1' }, { size: '3' }] } }, old: { s: [72, 105] } };
    const one = unwrap(read(model(all, { node: [{ name: 'n', op: 'Op', input: ['x:0'], attr }] })));
    const node = one.kind === 'graph' ? one.graph.nodes[0]! : undefined;
    expect(node && [node.name, node.operator, node.inputs, Object.fromEntries(node.attributes)]).to.deep.equal(['n', 'Op', ['x:0'], {
      padding: { kind: 'text', value: 'SAME' }, strides: { kind: 'list', texts: ['Relu'], integers: [1, 2], numbers: [], types: [] }, T: { kind: 'type', value: 'f32' }, axis: { kind: 'integer', value: -1 },
      e: { kind: 'number', value: Infinity }, b: { kind: 'flag', value: true }, shape: { kind: 'shape', value: [null, 3] }, old: { kind: 'text', value: 'Hi' },
    }]);
  });
  it('reads the signature in its own order, beside the topology or among what the user defined', () => {
    const signature = { inputs: { 'x:0': { name: 'x:0', dtype: 'DT_FLOAT', tensorShape: { dim: [{ size: '2' }] } } }, outputs: { z: { name: 'c:1' }, b: { name: 'd:0' } } };
    for (const more of [{ signature }, { userDefinedMetadata: { signature } }]) {
      const one = unwrap(read(model(all, { node: [] }, more)));
      expect(one.kind === 'graph' && one.signature).to.deep.equal({
        inputs: [{ key: 'x', tensor: 'x:0', dtype: 'f32', shape: [2] }],
        outputs: [{ key: 'z', tensor: 'c:1', dtype: 'type nothing', shape: null }, { key: 'b', tensor: 'd:0', dtype: 'type nothing', shape: null }],
      });
    }
  });
  it('tells layers from graphs', () => expect(unwrap(read(model(all, { model_config: { class_name: 'Sequential' } }))).kind).to.equal('layers'));
  it('is told by its keys', () => expect([model(all), bytes({ modelTopology: 1 }), bytes({ nodes: [], arg_nodes: [] }), bytes('{"modelTopology'), new Uint8Array(0)].map(looksLikeTfjs)).to.deep.equal([true, true, false, false, false]));

  const refusals: readonly (readonly [string, Uint8Array, string])[] = [
    ['text that is cut off', bytes('{"modelTopology": {'), 'm.json is not JSON; it may be cut off, so download or convert it again'],
    ['a topology of neither kind', model(all, {}), 'm.json has a topology that is neither a graph nor layers; convert the model again'],
    ['no topology', bytes({ weightsManifest: [] }), 'm.json: modelTopology is missing; an object was expected'],
    ['a file of weights that is not there', bytes({ modelTopology: { node: [] }, weightsManifest: [{ paths: ['c.bin'], weights: [] }] }), 'the file c.bin of weights is not beside m.json; put it back or convert the model again'],
    ['bytes that no weight describes', model(all.slice(1)), 'm.json describes 8 bytes of weights in a.bin, b.bin, which have 12; fetch all files of the model again'],
    ['a weight that is longer than its files', model([weight('f', [4], 'float32')]), 'm.json: weight f of 4 f32 takes 16 bytes, and its files have 12 left; fetch all files of the model again'],
    ['a type that nobody computes with', model([weight('f', [1], 'string')]), 'm.json: weight f is stored as string, which Loopsmith does not compute with; convert the model without it'],
    ['a file of weights that is listed twice', bytes({ modelTopology: { node: [] }, weightsManifest: [{ paths: ['a.bin'], weights: [weight('q', [6], 'bool')] }, { paths: ['b.bin', 'a.bin'], weights: [] }] }), 'm.json lists the file a.bin of weights twice; convert the model again'],
    ['a topology nested without end', bytes(`{"modelTopology":${'['.repeat(100_000)}${']'.repeat(100_000)}}`), 'm.json: modelTopology is [[a list]]; an object was expected'],
    ['a negative extent', model([weight('f', [-1], 'float32')]), 'm.json: weight f has the shape [-1]'],
    ['a node without an operator', model(all, { node: [{ name: 'n' }] }), 'm.json: the operator of node n is missing; a text was expected'],
    ['a quantised weight without a scale', model([weight('f', [12], 'uint8')]), 'm.json: weight f is stored as uint8 without a scale'],
  ];
  for (const [name, given, expected] of refusals) it(`refuses ${name}`, () => expect(refusal(given)).to.equal(expected));
});
