/** What an MXNet model must say before anything is translated: its parameters, its inputs, its operators. Every refusal with its whole message. */
import { expect } from 'chai';
import { fromNumbers, printGraph, toNumbers } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeParams, type MxnetArray } from '@loopsmith/mxnet-file';
import type { ImportOptions } from '@loopsmith/contracts';
import { unwrap, type Outcome } from '@loopsmith/util';
import type { Graph } from '@loopsmith/ir';
import { mxnet } from './index.js';

interface Node { readonly op: string; readonly name: string; readonly attrs?: Readonly<Record<string, string>>; readonly inputs: readonly (readonly number[])[] }
const variable = (name: string, attrs: Readonly<Record<string, string>> = {}): Node => ({ op: 'null', name, attrs, inputs: [] });
const node = (op: string, name: string, inputs: readonly number[], attrs: Readonly<Record<string, string>> = {}): Node => ({ op, name, attrs, inputs: inputs.map((input) => [input, 0, 0]) });
const vector = (...values: readonly number[]): MxnetArray => ({ dtype: 'f32', shape: [values.length], values: Float32Array.from(values) });
const matrix = (rows: number, columns: number): MxnetArray => ({ dtype: 'f32', shape: [rows, columns], values: Float32Array.from({ length: rows * columns }, (_, i) => i) });

const dense = [variable('data'), variable('fc_weight'), variable('fc_bias'), node('FullyConnected', 'fc', [0, 1, 2], { num_hidden: '2' })];
const weights = new Map([['arg:fc_weight', matrix(2, 3)], ['arg:fc_bias', vector(1, 2)]]);

const read = (nodes: readonly Node[], files: Readonly<Record<string, ReadonlyMap<string, MxnetArray>>>, options: Partial<ImportOptions> = {}): Outcome<Graph> =>
  mxnet.import(Buffer.from(JSON.stringify({ nodes, arg_nodes: [], heads: [[nodes.length - 1, 0, 0]], attrs: { mxnet_version: ['int', 10900] } })), {
    name: 'm', file: 'net-symbol.json', shapes: {}, listBeside: () => Object.keys(files), readBeside: (path) => writeParams(files[path]!), ...options,
  });
const messageOf = (outcome: Outcome<Graph>): string => (outcome.ok ? 'imported' : outcome.failure.message);
const shapes = { data: [1, 3] };

describe('importing MXNet', () => {
  it('finds the parameters of the highest epoch by the prefix of the symbol', () => {
    const files = { 'net-0000.params': new Map<string, MxnetArray>(), 'net-0012.params': weights, 'net-0009.params': new Map<string, MxnetArray>(), 'network-0099.params': new Map<string, MxnetArray>(), 'other.params': new Map<string, MxnetArray>() };
    expect(printGraph(unwrap(read(dense, files, { shapes })))).to.equal(
      'graph m(data: f32[1,3]) -> fc_output\n  fc_weight: f32[2,3] = 0, 1, 2, 3, 4, 5\n  fc_bias: f32[2] = 1, 2\n  fc_output: f32[1,2] = dense(data, fc_weight, fc_bias) {transposeB: true} as fc\n');
    expect(messageOf(read(dense, { 'net.params': weights }, { shapes }))).to.equal('imported');
  });

  it('drops labels, and names outputs as MXNet does', () => {
    const nodes = [...dense, variable('softmax_label'), node('SoftmaxOutput', 'softmax', [3, 4])];
    const graph = unwrap(read(nodes, { 'net-0000.params': weights }, { shapes }));
    expect([graph.inputs, graph.outputs]).to.deep.equal([['data'], ['softmax_output']]);
  });

  it('takes the shape of an input from the symbol where it is whole', () => {
    const [, ...rest] = dense, files = { 'net-0000.params': weights };
    expect(unwrap(read([variable('data', { __shape__: '(4, 3)' }), ...rest], files)).tensors.get('fc_output')!.shape).to.deep.equal([4, 2]);
    expect(messageOf(read([variable('data', { __shape__: '(0, 3)' }), ...rest], files))).to.equal('input data has an open dimension ? (axis 0) in its shape [?,3]; give it a size with --shape data=1,3');
    expect(messageOf(read(dense, files))).to.equal('input data has no shape in the model; give one with --shape data=..., its sizes separated by commas');
  });

  it('cuts at named tensors', () => {
    const nodes = [...dense, node('Activation', 'act', [3], { act_type: 'relu' }), node('sqrt', 'root', [4])], files = { 'net-0000.params': weights };
    const part = (options: Partial<ImportOptions>): string => { const outcome = read(nodes, files, options); return outcome.ok ? `${outcome.value.nodes.map(({ operator }) => operator).join()} of ${outcome.value.inputs.join()} to ${outcome.value.outputs.join()}` : outcome.failure.message; };
    expect(part({ shapes, outputs: ['act_output'] })).to.equal('dense,relu of data to act_output');
    expect(part({ shapes: { fc_output: [5] }, inputs: ['fc_output'], outputs: ['act_output'] })).to.equal('relu of fc_output to act_output');
    expect(part({ shapes, outputs: ['action'] })).to.equal('--outputs names the tensor action, which no node of the model makes; its inputs are data, its outputs root_output');
    expect(part({ shapes, inputs: ['root_output'], outputs: ['act_output'] })).to.equal('between --inputs root_output and the outputs act_output the model reads data too; name it among the inputs');
    expect(part({ shapes, inputs: ['data', 'root_output'], outputs: ['act_output'] })).to.equal('--inputs names the tensor root_output, which the outputs act_output do not depend on; leave it out');
  });

  const files = { 'net-0000.params': weights }, x = variable('data');
  const refusals: readonly (readonly [string, Outcome<Graph>, string])[] = [
    ['a symbol without a file', mxnet.import(Buffer.from('{"nodes":[{"op":"null","name":"x","inputs":[]}],"heads":[[0,0]]}'), { name: 'm', shapes: {} }), 'an MXNet symbol has its parameters in a file beside it, and this one was handed over as bytes alone; import it by its path'],
    ['no parameters', read(dense, { 'net.txt': new Map() }), 'net-symbol.json has no parameters beside it: net-0000.params was expected, with any epoch; put the file there, as `export` and `save_checkpoint` of MXNet name it'],
    ['parameters in place of a symbol', mxnet.import(writeParams(weights), { name: 'm', file: 'net-0000.params', shapes: {} }), 'net-0000.params holds the parameters of an MXNet model and not its graph; give the -symbol.json file beside it'],
    ['parameters of another model', read(dense, { 'net-0000.params': new Map([['arg:fc_weight', matrix(2, 3)]]) }, { shapes }), 'net-0000.params lacks the parameter fc_bias; put the file beside the symbol that was saved with it'],
    ['unknown operators', read([x, node('RNN', 'rnn', [0]), node('RNN', 'rnn2', [1]), node('_foreach', 'loop', [2])], files, { shapes }), 'the model uses 2 operators that Loopsmith does not import: RNN (nodes rnn, rnn2), _foreach (node loop); export the model without them'],
    ['a missing attribute', read([x, node('Pooling', 'p', [0], {})], files, { shapes: { data: [1, 1, 4, 4] } }), 'Pooling "p" has no attribute kernel; MXNet asks for integers'],
    ['an attribute that cannot be read', read([x, node('Pooling', 'p', [0], { kernel: '(3, x)' })], files, { shapes: { data: [1, 1, 4, 4] } }), 'Pooling "p" has an attribute kernel = "(3, x)"; MXNet asks for integers'],
    ['a layout with channels at the end', read([x, node('Pooling', 'p', [0], { kernel: '(2, 2)', layout: 'NHWC' })], files, { shapes: { data: [1, 4, 4, 1] } }), 'Pooling "p" has layout NHWC; Loopsmith imports NCW, NCHW and NCDHW'],
    ['a window behind its input', read([x, node('Pooling', 'p', [0], { kernel: '(1, 1)', stride: '(2, 2)', pooling_convention: 'full' })], files, { shapes: { data: [1, 1, 4, 4] } }), 'Pooling "p" has a last window that begins behind its input; its answer would be that of no elements'],
    ['shapes that disagree', read(dense, files, { shapes: { data: [1, 4] } }), 'FullyConnected "fc" has num_hidden 2, data of shape [1,4] and weights of shape [2,3], which disagree'],
    ['a reshape that does not fit', read([x, node('Reshape', 'r', [0], { shape: '(0, 5)' })], files, { shapes }), 'Reshape "r" reshapes a tensor of shape [1,3] to (0, 5), which does not hold its 3 elements'],
    ['a shape that its operand does not broadcast to', read([x, node('broadcast_to', 'b', [0], { shape: '(1, 5)' })], files, { shapes }), 'broadcast_to "b" broadcasts [1,3] to [1,5]; extents that are equal, or 1, were expected'],
    ['blocks that do not divide an image', read([x, node('space_to_depth', 's', [0], { block_size: '3' })], files, { shapes: { data: [1, 1, 4, 4] } }), 'space_to_depth "s" takes blocks of 3 by 3 pixels, which do not divide an image of 4x4'],
    ['blocks that do not divide the channels', read([x, node('depth_to_space', 's', [0], { block_size: '2' })], files, { shapes: { data: [1, 3, 4, 4] } }), 'depth_to_space "s" makes blocks of 2 by 2 pixels, which do not divide 3 channels'],
    ['an open shape inside', read([x, node('_zeros', 'z', [], { shape: '(0, 3)' }), node('elemwise_add', 'a', [0, 1])], files, { shapes }), '_zeros "z" has the shape (0, 3), which leaves extents open; export the model with fixed shapes'],
    ['a second output of a variable', mxnet.import(Buffer.from('{"nodes":[{"op":"null","name":"x","inputs":[]}],"heads":[[0,1]]}'), { name: 'm', file: 'net-symbol.json', shapes: {}, listBeside: () => ['net.params'], readBeside: () => writeParams(weights) }), 'output 1 of the variable x is read, which has one; export the model again'],
    ['millions of outputs', read([x, ...Array.from({ length: 40 }, (_, i): Node => ({ op: 'SliceChannel', name: `s${i}`, attrs: { num_outputs: '65536' }, inputs: [[i, i === 0 ? 0 : 65535, 0]] }))], files, { shapes }), 'the symbol reads its nodes as if they had 2555906 outputs; at most 1048576 are taken, so export it again'],
    ['rows along another axis', read([x, variable('b'), node('_linalg_gemm2', 'g', [0, 1], { axis: '0' })], files, { shapes: { data: [2, 2, 2], b: [2, 2, 2] } }), '_linalg_gemm2 "g" has the rows of its matrices along axis 0; Loopsmith imports -2, which is MXNet\'s default'],
    ['a mode that nobody knows', read([x, node('L2Normalization', 'l', [0], { mode: 'all' })], files, { shapes }), 'L2Normalization "l" has mode all; MXNet knows instance, channel and spatial'],
    ['a part with more axes than the whole', read([x, node('slice', 's', [0], { begin: '(0, 0, 0)', end: '(1, 1, None)' })], files, { shapes }), 'slice "s" has 3 begins and 3 ends for a tensor of 2 axes'],
    ['a part as long as what has no such axis', read([x, variable('b'), node('slice_like', 's', [0, 1])], files, { shapes: { data: [2], b: [1, 1] } }), 'slice_like "s" takes 1 elements of axis 1, which has 0'],
    ['a larger image that is none', read([x, node('UpSampling', 'u', [0], { scale: '2', sample_type: 'nearest' })], files, { shapes }), 'UpSampling "u" makes a tensor of shape [1,3] larger; four axes were expected'],
    ['an attribute that nobody reads', read([x, node('relu', 'r', [0], { slope: '2' })], files, { shapes }), 'relu "r" has an attribute slope, which Loopsmith does not read of this operator; export the model without it'],
    ['an order of a pool that MXNet has not', read([x, node('Pooling', 'p', [0], { kernel: '(2, 2)', pool_type: 'lp', p_value: '4' })], files, { shapes: { data: [1, 1, 4, 4] } }), 'Pooling "p" has p_value 4; MXNet knows 1, 2 and 3'],
    ['dropping out at inference', read([x, node('Dropout', 'd', [0], { p: '0.5', mode: 'always' })], files, { shapes }), 'Dropout "d" drops elements at random at inference too (mode always), which Loopsmith does not import; export the model with mode training'],
    ['a range whose length its readers know', read([x, node('_arange', 'a', [], { start: '3', stop: 'None', infer_range: 'True' }), node('broadcast_add', 'b', [0, 1])], files, { shapes }), '_arange "a" takes its length from what reads it (infer_range), which only MXNet does; export the model with a stop'],
    ['a value of an unknown input', read(dense, files, { shapes, values: { y: { dtype: 'f32', shape: [1], values: Float32Array.of(1) } } }), 'a value was given for the input y, which the model does not have; its inputs are data'],
  ];
  for (const [name, outcome, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(outcome)).to.equal(message));

  it('passes over attributes that decide nothing, of the operator, of training and of the symbol, and over those that are None', () => {
    const idle = { workspace: '512', cudnn_tune: 'off', __lr_mult__: '2', weight_wd_mult: '0', ctx_group: 'a', frobnicate: 'None' };
    for (const [operator, attrs] of [['Pooling', { global_pool: 'True', kernel: '(7, 7)', stride: '(2, 2)', pooling_convention: 'full', pool_type: 'avg', count_include_pad: 'False' }], ['Dropout', { p: '0.2', axes: '()', mode: 'training' }], ['MakeLoss', { grad_scale: '2', normalization: 'null' }]] as const)
      expect(messageOf(read([x, node(operator, 'n', [0], { ...attrs, ...idle })], files, { shapes: { data: [1, 1, 4, 4] } })), operator).to.equal('imported');
  });

  const answer = (operator: string, attrs: Readonly<Record<string, string>>, shape: readonly number[], values: readonly number[]): readonly [readonly number[], readonly number[]] => {
    const graph = unwrap(read([x, node(operator, 'y', [0], attrs)], files, { shapes: { data: shape } })), made = evaluateGraph(graph, new Map([['data', fromNumbers('f32', shape, values)]])).get('y_output')!;
    return [made.shape, [...toNumbers(made)]];
  };
  it('makes an index outside hot nowhere, also a negative one', () => expect(answer('one_hot', { depth: '3' }, [3], [-1, 2, 5])).to.deep.equal([[3, 3], [0, 0, 0, 0, 0, 1, 0, 0, 0]]));
  it('keeps an axis of a number that is squeezed', () => expect(answer('squeeze', {}, [1, 1], [7])).to.deep.equal([[1], [7]]));
  it('keeps the digits of logarithms beside 1 and of exponentials beside 0', () => {
    for (const [operator, exact] of [['log1p', Math.log1p], ['expm1', Math.expm1]] as const) {
      const given = [1e-30, -1e-10, 1e-7, -3e-5, 1e-3, 0.1, -0.45, 0, 0.7, 3, -0.9, Infinity], [, values] = answer(operator, {}, [given.length], given);
      values.forEach((value, i) => {
        const wanted = exact(Math.fround(given[i]!));
        if (Number.isFinite(wanted) && wanted !== 0) expect(Math.abs(value / wanted - 1), `${operator} of ${given[i]!}`).to.be.below(4e-7);
        else expect(value).to.equal(wanted);
      });
    }
  });
});
