/** Small Keras models in tfjs's form against what Keras answers (test/data/tensorflow/layers.json), and what is refused, with its whole message. */
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { ImportOptions } from '@loopsmith/contracts';
import { fromNumbers, printGraph, toNumbers } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { repository } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { tensorflow } from '../tensorflow.js';
import { layerTranslators } from './translators.js';

interface Tensor { readonly name: string; readonly shape: readonly number[]; readonly values: readonly number[] }
interface Case { readonly name: string; readonly layers: readonly string[]; readonly model: object; readonly files: Readonly<Record<string, string>>; readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] }
const { cases } = JSON.parse(readFileSync(repository('test', 'data', 'tensorflow', 'layers.json'), 'utf8')) as { readonly cases: readonly Case[] };

const bytesOf = (model: object): Uint8Array => new TextEncoder().encode(JSON.stringify(model));

describe('tfjs layers models', () => {
  for (const { name, model, files, inputs, outputs } of cases) {
    it(name, () => {
      const graph = unwrap(tensorflow.import(bytesOf(model), { name, file: 'model.json', shapes: Object.fromEntries(inputs.map((input) => [input.name, input.shape])), readBeside: (path) => (files[path] === undefined ? undefined : Buffer.from(files[path], 'base64')) }));
      const computed = evaluateGraph(graph, new Map(inputs.map((input) => [input.name, fromNumbers(graph.tensors.get(input.name)!.dtype, input.shape, input.values)])));
      expect(graph.outputs.length).to.equal(outputs.length);
      graph.outputs.forEach((output, i) => {
        const got = computed.get(output)!, wanted = outputs[i]!;
        expect(got.shape, output).to.deep.equal(wanted.shape);
        toNumbers(got).forEach((value, at) => expect(value, `element ${at} of ${output}`).to.be.closeTo(wanted.values[at]!, 2e-5 + 2e-5 * Math.abs(wanted.values[at]!)));
      });
    });
  }

  it('have a case each, but for the ones that are another by name', () => {
    const tried = new Set(cases.flatMap(({ layers }) => layers));
    const others = [...layerTranslators].filter(([name, translator]) => !tried.has(name) && ![...tried].some((one) => layerTranslators.get(one) === translator)).map(([name]) => name);
    // over other numbers of axes than one that is tried
    expect(others.sort()).to.deep.equal(['Cropping3D', 'GlobalMaxPooling3D', 'UpSampling3D', 'ZeroPadding3D', 'AveragePooling3D'].sort());
  });

  // what TensorFlow.js itself saves: no model_config around the model, no InputLayer, its own version
  const layer = (className: string, config: object, more: object = {}): object => ({ class_name: className, config: { ...config }, ...more });
  const dense = (config: object = {}): object => layer('Dense', { name: 'fc', units: 1, use_bias: false, activation: 'linear', ...config });
  const sequential = (...layers: readonly object[]): object => ({ class_name: 'Sequential', config: { name: 'net', layers }, keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js' });
  const modelOf = (topology: object, weights: readonly object[] = [{ name: 'fc/kernel', shape: [2, 1], dtype: 'float32' }]): Uint8Array => bytesOf({ modelTopology: topology, weightsManifest: [{ paths: ['w'], weights }] });
  const read = (bytes: Uint8Array, options: Partial<ImportOptions> = {}): string => {
    const outcome = tensorflow.import(bytes, { name: 'net', file: 'm.json', shapes: {}, readBeside: () => new Uint8Array(Float32Array.of(3, 4).buffer), ...options });
    return outcome.ok ? printGraph(outcome.value).trimEnd() : outcome.failure.message;
  };
  const first = { batch_input_shape: [1, 2] };
  const plain = modelOf(sequential(dense(first)));

  it('of TensorFlow.js itself need no input layer', () => expect(read(plain)).to.equal('graph net(fc_input: f32[1,2]) -> fc\n  "fc/constant": f32[2,1] = 3, 4\n  fc: f32[1,1] = dense(fc_input, "fc/constant", -) {transposeA: false, transposeB: false}'));
  it('find weights by every way of naming them', () => {
    for (const name of ['fc/cell/kernel', 'fc/0', 'net/fc/kernel', 'outer/net/fc/kernel'])
      expect(read(modelOf(sequential(dense(first)), [{ name, shape: [2, 1], dtype: 'float32' }])), name).to.equal(read(plain));
  });
  it('are cut by the names of layers', () => {
    const two = modelOf(sequential(layer('Activation', { name: 'a', activation: 'relu', ...first }), dense()));
    expect(read(two, { outputs: ['a'] })).to.equal('graph net(a_input: f32[1,2]) -> a\n  a: f32[1,2] = relu(a_input)');
    expect(read(two, { inputs: ['a'], shapes: { a: [1, 2] } })).to.equal('graph net(a: f32[1,2]) -> fc\n  "fc/constant": f32[2,1] = 3, 4\n  fc: f32[1,1] = dense(a, "fc/constant", -) {transposeA: false, transposeB: false}');
  });

  const nested = (depth: number): object => (depth === 0 ? dense(first) : layer('Sequential', { name: 's', layers: [nested(depth - 1)] }));
  const circle = { class_name: 'Model', config: { name: 'net', input_layers: [['x', 0, 0]], output_layers: [['a', 0, 0]], layers: [
    layer('InputLayer', { name: 'x', batch_input_shape: [1, 2] }, { name: 'x', inbound_nodes: [] }),
    layer('Add', { name: 'a' }, { name: 'a', inbound_nodes: [[['x', 0, 0, {}], ['b', 0, 0, {}]]] }), layer('Activation', { name: 'b', activation: 'relu' }, { name: 'b', inbound_nodes: [[['a', 0, 0, {}]]] }),
  ] } };
  /** Each model calls the one inside it twice, and makes nothing. */
  const doubled = (depth: number): object => ({ class_name: 'Model', name: `m${depth}`, config: { name: `m${depth}`, layers: depth === 0 ? [] : [doubled(depth - 1)], input_layers: [], output_layers: [] }, inbound_nodes: [[], []] });
  const readers = (count: number): object => ({ class_name: 'Model', config: { name: 'net', input_layers: [['x', 0, 0]], output_layers: [['a', 0, 0]], layers: [
    layer('InputLayer', { name: 'x', batch_input_shape: [1, 2] }, { name: 'x', inbound_nodes: [] }),
    layer('Activation', { name: 'a', activation: 'relu' }, { name: 'a', inbound_nodes: [[['x', 0, 0, {}]]] }), layer('Activation', { name: 'b', activation: 'relu' }, { name: 'b', inbound_nodes: Array.from({ length: count }, () => [['a', 0, 0, {}]]) }),
  ] } });
  it('of 60,000 layers that read one take seconds', () => {
    const began = process.cpuUsage(), outcome = tensorflow.import(modelOf(readers(60_000)), { name: 'net', file: 'm.json', shapes: {}, readBeside: () => new Uint8Array(8) }), { user, system } = process.cpuUsage(began);
    expect(outcome.ok).to.equal(true);
    expect((user + system) / 1e6, 'seconds of this process').to.be.below(20);
  });

  const refusals: readonly (readonly [string, Uint8Array, string, weights?: readonly number[]])[] = [
    ['models inside models that call each other twice', modelOf(doubled(30)), 'm.json calls its layers more than 100000 times; no such model can be written out'],
    ['a layer that reads a list without end', modelOf({ class_name: 'Model', config: { name: 'net', input_layers: [], output_layers: Array.from({ length: 200_000 }, () => 1), layers: [{ class_name: 'Add', name: 'a', inbound_nodes: [[['gone', 0, 0, {}], ['gone', 0, 0, {}]]], config: {} }] } }), 'Add "a" reads tensor gone, which no input, initializer or earlier node defines'],
    ['every unknown layer at once', modelOf(sequential(layer('RNN', { name: 'l', ...first }), layer('Attention', { name: 'a' }), layer('Lambda', { name: 'f' }))), 'the model uses 3 operators that Loopsmith does not import: RNN (node l), Attention (node a), Lambda (node f); export the model without them'],
    ['a weight that is not there', modelOf(sequential(dense(first)), [{ name: 'other/kernel', shape: [2, 1], dtype: 'float32' }]), 'Dense "fc" has no weight fc/kernel in the model\'s files; convert the model again'],
    ['an activation that nobody knows', modelOf(sequential(dense({ ...first, activation: 'mine' }))), 'Dense "fc" has the activation mine, which Loopsmith does not know'],
    ['an activation that is no name', modelOf(sequential(dense({ ...first, activation: 3 }))), 'Dense "fc" has activation 3; the name of a function was expected'],
    ['an open dimension', modelOf(sequential(dense({ batch_input_shape: [null, 2] }))), 'input fc_input has an open dimension ? (axis 0) in its shape [?,2]; give it a size with --shape fc_input=1,2'],
    ['texts', modelOf(sequential(dense({ ...first, dtype: 'string' }))), 'input fc_input is a tensor of string; tensors of numbers or bool were expected'],
    ['no layers', modelOf(sequential()), 'm.json has a Sequential without layers'],
    ['a layer without a class', modelOf(sequential({ config: {} })), 'm.json: class_name of a layer is missing; a text was expected'],
    ['models without end', modelOf(nested(40)), 'm.json has models inside models more than 32 deep'],
    ['a circle', modelOf(circle), 'Add "a" reads tensor b, which no input, initializer or earlier node defines'],
    ['a kernel of other axes', modelOf(sequential(layer('Conv2D', { name: 'fc', batch_input_shape: [1, 4, 4, 2], use_bias: false }))), 'Conv2D "fc" has weights of shape [2,1]; 4 axes were expected'],
    ['a padding that nobody knows', modelOf(sequential(layer('MaxPooling2D', { name: 'p', padding: 'full', batch_input_shape: [1, 4, 4, 2] }))), 'MaxPooling2D "p" has padding full; Loopsmith knows same, valid and causal'],
    ['an order of axes that nobody knows', modelOf(sequential(layer('MaxPooling2D', { name: 'p', data_format: 'first', batch_input_shape: [1, 4, 4, 2] }))), 'MaxPooling2D "p" has data_format first; Loopsmith knows channels_last and channels_first'],
    ['a window of other axes', modelOf(sequential(layer('MaxPooling2D', { name: 'p', pool_size: [2], batch_input_shape: [1, 4, 4, 2] }))), 'MaxPooling2D "p" has pool_size [2]; 2 were expected, one per axis'],
    ['padding that is none', modelOf(sequential(layer('ZeroPadding2D', { name: 'p', padding: [[1, 2], 'x'], batch_input_shape: [1, 4, 4, 2] }))), 'ZeroPadding2D "p" has padding [[1,2],"x"]; two sizes per axis were expected'],
    ['states that stay', modelOf(sequential(layer('LSTM', { name: 'fc', units: 1, stateful: true, batch_input_shape: [1, 4, 2] }))), 'LSTM "fc" keeps its state from one call to the next (stateful), which a compiled network does not; build the model with stateful=False and hand the states on as inputs'],
    ['steps before the batch', modelOf(sequential(layer('GRU', { name: 'fc', units: 1, time_major: true, batch_input_shape: [1, 4, 2] }))), 'GRU "fc" has the steps before the batch (time_major); convert the model without it'],
    ['a sequence without steps', modelOf(sequential(layer('SimpleRNN', { name: 'fc', units: 1, ...first }))), 'SimpleRNN "fc" reads a tensor of shape [1,2]; [batch,steps,features] was expected'],
    ['another layer both ways', modelOf(sequential(layer('Bidirectional', { name: 'fc', layer: layer('ConvLSTM2D', { name: 'c' }), batch_input_shape: [1, 4, 2] }))), 'Bidirectional "fc" runs a ConvLSTM2D both ways; Loopsmith knows SimpleRNN, GRU, LSTM'],
    ['a crop of everything', modelOf(sequential(layer('Cropping2D', { name: 'c', cropping: 2, batch_input_shape: [1, 4, 4, 2] }))), 'Cropping2D "c" crops 4 of the 4 elements of axis 1'],
    ['a sum of one', modelOf(sequential(layer('Add', { name: 'a', ...first }))), 'Add "a" merges one tensor; two and more were expected'],
    ['a new shape of another size', modelOf(sequential(layer('Reshape', { name: 'r', target_shape: [3], ...first }))), 'Reshape "r" reshapes 2 elements to [3], which does not hold them'],
    ['an order that is none', modelOf(sequential(layer('Permute', { name: 'p', dims: [1, 1], batch_input_shape: [1, 2, 3] }))), 'Permute "p" has dims [1,1]; the axes from 1 to 2 were expected, once each'],
    ['statistics along other axes', modelOf(sequential(layer('BatchNormalization', { name: 'b', axis: 2, batch_input_shape: [1, 4, 4, 2] }))), 'BatchNormalization "b" normalises along the axes 2; Loopsmith does it along the channels, first or last'],
    ['a normalisation along the first axes', modelOf(sequential(layer('LayerNormalization', { name: 'b', axis: [1], batch_input_shape: [1, 4, 4] }))), 'LayerNormalization "b" normalises along the axes 1 of a tensor of 3; Loopsmith does it along the last ones'],
    ['a normalisation without a mean', modelOf(sequential(layer('LayerNormalization', { name: 'b', rms_scaling: true, ...first }))), 'LayerNormalization "b" divides by the root of the mean square (rms_scaling), which Loopsmith does not import; export the model as ONNX'],
    ['a table with masks', modelOf(sequential(layer('Embedding', { name: 'e', mask_zero: true, ...first }))), 'Embedding "e" masks zeros (mask_zero), which Loopsmith does not follow; export the model without masks'],
    ['an interpolation that nobody knows', modelOf(sequential(layer('UpSampling2D', { name: 'u', interpolation: 'bicubic', batch_input_shape: [1, 4, 4, 2] }))), 'UpSampling2D "u" has interpolation bicubic; Loopsmith knows nearest, and bilinear over two axes'],
    ['what nobody reads of a layer', modelOf(sequential(dense({ ...first, kernel_initializer: {}, frobnicate: 2, none: null }))), 'Dense "fc" has an attribute frobnicate, which Loopsmith does not read of this operator; export the model without it'],
    ['what nobody reads of a layer inside another', modelOf(sequential(layer('Bidirectional', { name: 'b', layer: layer('SimpleRNN', { name: 'fc', units: 1, use_bias: false, frobnicate: 2 }), batch_input_shape: [1, 4, 1] })),
      ['forward', 'backward'].flatMap((way) => ['kernel', 'recurrent_kernel'].map((name) => ({ name: `b/${way}_fc/${name}`, shape: [1, 1], dtype: 'float32' })))), 'Bidirectional "b" has an attribute frobnicate, which Loopsmith does not read of this operator; export the model without it', [1, 2, 3, 4]],
    ['output padding', modelOf(sequential(layer('Conv2DTranspose', { name: 'fc', output_padding: 1, batch_input_shape: [1, 4, 4, 2] }))), 'Conv2DTranspose "fc" has output_padding, which Loopsmith does not compute; leave it to the padding'],
  ];
  for (const [name, bytes, message, weights = [3, 4]] of refusals) it(`refuses ${name}`, () => expect(read(bytes, { readBeside: () => new Uint8Array(Float32Array.from(weights).buffer) })).to.equal(message));
});
