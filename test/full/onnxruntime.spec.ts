/** Answers of ONNX Runtime: for random graphs written as ONNX models, and for the forms of recurrent and quantised operators that ONNX's own cases do not have. */
import { expect } from 'chai';
import { onnx } from '@loopsmith/frontend-onnx';
import { fromNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { evaluateGraph, randomChoices, randomData, randomGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute, type OnnxTensor } from '@loopsmith/onnx-file';
import { seededRandom, unwrap } from '@loopsmith/util';
import { apart, shrunk } from '../conformance/random-graphs.js';
import { onnxOf } from './graph-to-onnx.js';
import { onnxRuntimeAnswers } from './onnxruntime-answers.js';

/** How the front end and the definitions answer otherwise; null where ONNX Runtime has no kernel for the model. */
const difference = async (model: Uint8Array, inputs: ReadonlyMap<string, TensorData>): Promise<string | undefined | null> => {
  const wanted = await onnxRuntimeAnswers(model, inputs);
  if (!wanted) return null;
  const got = evaluateGraph(unwrap(onnx.import(model, { name: 'm', shapes: {} })), inputs);
  for (const [name, answer] of wanted) {
    if (answer.shape.join() !== got.get(name)!.shape.join()) return `${name} has the shape [${got.get(name)!.shape.join(',')}] for [${answer.shape.join(',')}]`;
    const fault = apart(got.get(name)!, answer);
    if (fault !== undefined) return `${name} differs: ${fault}`;
  }
  return undefined;
};
const inputsOf = (graph: Graph): ReadonlyMap<string, TensorData> => new Map(graph.inputs.map((name) => { const { dtype, shape } = graph.tensors.get(name)!; return [name, randomData(name, dtype, shape)] as const; }));

describe('random graphs against ONNX Runtime', function () {
  this.timeout(1_800_000);
  it('a hundred answer alike', async () => {
    const faults: string[] = [];
    let compared = 0, seed = 0;
    for (; compared < 100 && seed < 400; seed++) {
      const choices = randomChoices(seededRandom(seed)), graph = randomGraph(choices), found = await difference(onnxOf(graph), inputsOf(graph));
      if (found === null) continue;
      compared++;
      if (found !== undefined) faults.push(`graph ${seed}: ${found}; shrunk in ${await shrunk(choices, seed, async (fewer) => typeof await difference(onnxOf(fewer), inputsOf(fewer)) === 'string')}`);
    }
    process.stdout.write(`      ${compared} of the first ${seed} graphs have kernels for all their types\n`);
    expect(faults).to.deep.equal([]);
    expect(compared).to.equal(100);
  });
});

const int = (i: number): OnnxAttribute => ({ kind: 'int', value: BigInt(i) });
const text = (value: string): OnnxAttribute => ({ kind: 'string', value });
const texts = (...value: readonly string[]): OnnxAttribute => ({ kind: 'strings', value });
const weights = (name: string, shape: readonly number[]): OnnxTensor => ({ ...randomData(name, 'f32', shape), name });

/** Sequences of 5 steps, batch 3, width 4; state 6. Positions of inputs by name as ONNX orders them. */
const recurrent = (operator: 'RNN' | 'GRU' | 'LSTM', attributes: Readonly<Record<string, OnnxAttribute>>, given: readonly ('bias' | 'lengths' | 'state' | 'cell' | 'peepholes')[]): Uint8Array => {
  const gates = { RNN: 1, GRU: 3, LSTM: 4 }[operator], directions = attributes['direction']?.value === 'bidirectional' ? 2 : 1;
  const has = (name: typeof given[number], tensor: OnnxTensor): readonly OnnxTensor[] => (given.includes(name) ? [{ ...tensor, name }] : []);
  const initializers = [
    weights('W', [directions, gates * 6, 4]), weights('R', [directions, gates * 6, 6]), ...has('bias', weights('B', [directions, 2 * gates * 6])), ...has('lengths', { ...fromNumbers('i32', [3], [5, 2, 3]), name: '' }),
    ...has('state', weights('h', [directions, 3, 6])), ...has('cell', weights('c', [directions, 3, 6])), ...has('peepholes', weights('P', [directions, 18])),
  ];
  const names = new Set(initializers.map(({ name }) => name)), inputs = ['x', 'W', 'R', ...['bias', 'lengths', 'state', 'cell', 'peepholes'].map((name) => (names.has(name) ? name : ''))];
  const outputs = ['Y', 'Y_h', ...(operator === 'LSTM' ? ['Y_c'] : [])];
  return writeModel({
    irVersion: 8, producer: 'spec', opsets: new Map([['', 14]]),
    graph: {
      name: 'g', inputs: [{ name: 'x', elementType: 1, shape: [5, 3, 4] }], outputs: outputs.map((name) => ({ name, elementType: 1, shape: null })), initializers,
      nodes: [{ name: 'n', operator, domain: '', inputs: inputs.slice(0, 1 + inputs.findLastIndex((name) => name !== '')), outputs, attributes: new Map(Object.entries({ hidden_size: int(6), ...attributes })) }],
    },
  });
};

describe('recurrent layers against ONNX Runtime', () => {
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ['RNN both ways, with lengths', recurrent('RNN', { direction: text('bidirectional') }, ['bias', 'lengths', 'state'])],
    ['RNN of another activation', recurrent('RNN', { activations: texts('Relu') }, ['bias'])],
    ['GRU', recurrent('GRU', {}, ['bias', 'state'])],
    ['GRU that resets after the product, backwards', recurrent('GRU', { direction: text('reverse'), linear_before_reset: int(1) }, ['bias', 'lengths'])],
    ['GRU both ways', recurrent('GRU', { direction: text('bidirectional'), linear_before_reset: int(1) }, ['bias'])],
    ['LSTM', recurrent('LSTM', {}, ['bias', 'state', 'cell'])],
    ['LSTM both ways, with lengths and peepholes', recurrent('LSTM', { direction: text('bidirectional') }, ['bias', 'lengths', 'state', 'cell', 'peepholes'])],
    ['LSTM backwards, clipped, gates coupled', recurrent('LSTM', { direction: text('reverse'), input_forget: int(1), clip: { kind: 'float', value: 0.75 } }, ['bias'])],
  ];
  for (const [name, model] of cases) it(name, async () => expect(await difference(model, new Map([['x', randomData('x', 'f32', [5, 3, 4])]]))).to.equal(undefined));
});

describe('quantised layers against ONNX Runtime', () => {
  /** Signed ones of seven bits: without VNNI, ONNX Runtime adds pairs of u8 x i8 products in 16 bits, which larger weights saturate. */
  const bytes = (name: string, dtype: 'u8' | 'i8', shape: readonly number[]): OnnxTensor => {
    const random = seededRandom(5).fork(name);
    return { ...fromNumbers(dtype, shape, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => (dtype === 'i8' ? random.below(128) - 64 : random.below(256)))), name };
  };
  const number = (name: string, dtype: 'f32' | 'u8' | 'i8', ...values: readonly number[]): OnnxTensor => ({ ...fromNumbers(dtype, values.length === 1 ? [] : [values.length], values), name });
  const model = (operator: string, attributes: Readonly<Record<string, OnnxAttribute>>, xShape: readonly number[], rest: readonly OnnxTensor[], elementType: number): Uint8Array => writeModel({
    irVersion: 8, producer: 'spec', opsets: new Map([['', 14]]),
    graph: {
      name: 'g', inputs: [{ name: 'x', elementType: 2, shape: [...xShape] }], outputs: [{ name: 'y', elementType, shape: null }], initializers: rest,
      nodes: [{ name: 'n', operator, domain: '', inputs: ['x', ...rest.map(({ name }) => name)], outputs: ['y'], attributes: new Map(Object.entries(attributes)) }],
    },
  });
  const image = [1, 8, 9, 9], pads: OnnxAttribute = { kind: 'ints', value: [1n, 1n, 1n, 1n] };
  const scales = number('ws', 'f32', ...Array.from({ length: 6 }, (_, i) => 0.002 + 0.0007 * i));
  const cases: readonly (readonly [string, Uint8Array, readonly number[]])[] = [
    ['QLinearConv with scales per channel, padding and a bias', model('QLinearConv', { pads }, image, [number('xs', 'f32', 0.02), number('xz', 'u8', 117), bytes('w', 'i8', [6, 8, 3, 3]), scales, number('wz', 'i8', 0), number('ys', 'f32', 0.03), number('yz', 'u8', 121), { ...fromNumbers('i32', [6], [300, -5000, 0, 12, 7000, -1]), name: 'b' }], 2), image],
    ['ConvInteger', model('ConvInteger', { pads }, image, [bytes('w', 'u8', [6, 8, 3, 3]), number('xz', 'u8', 117), number('wz', 'u8', 128)], 6), image],
    ['QLinearMatMul', model('QLinearMatMul', {}, [7, 32], [number('xs', 'f32', 0.02), number('xz', 'u8', 117), bytes('b', 'i8', [32, 6]), number('bs', 'f32', 0.01), number('bz', 'i8', 3), number('ys', 'f32', 0.25), number('yz', 'u8', 121)], 2), [7, 32]],
    ['MatMulInteger', model('MatMulInteger', {}, [7, 32], [bytes('b', 'i8', [32, 6]), number('xz', 'u8', 117), number('bz', 'i8', 3)], 6), [7, 32]],
  ];
  for (const [name, file, shape] of cases) it(`${name}, to the bit`, async () => expect(await difference(file, new Map([['x', bytes('x', 'u8', shape)]]))).to.equal(undefined));
});
