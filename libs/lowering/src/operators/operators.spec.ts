/** Every operator against small answers worked out by hand, its label, and what it refuses. */
import { expect } from 'chai';
import { evaluate, fromNumbers, outputOf, shapeOf, toNumbers, verifyDefinition, type Attribute, type DType, type GraphNode } from '@loopsmith/ir';
import { unwrap } from '@loopsmith/util';
import type { Operand, Operands } from './operator.js';
import { operators } from './operators.js';

type Given = readonly [shape: readonly number[], values: readonly number[], dtype?: DType];
type Attributes = Readonly<Record<string, Attribute>>;

const nodeOf = (operator: string, attributes: Attributes, outputs = ['y']): GraphNode => ({ name: 'node', operator, attributes, inputs: [], outputs });
const operandsFrom = (inputs: readonly (Given | null)[]): Operands => inputs.map((given): Operand | undefined => given ? { dtype: given[2] ?? 'f32', shape: given[0] } : undefined);

const answerOf = (operator: string, attributes: Attributes, inputs: readonly (Given | null)[]): { shape: readonly number[]; values: readonly number[]; dtype: DType } => {
  const definition = unwrap(operators.get(operator)!.define(nodeOf(operator, attributes), operandsFrom(inputs)));
  expect(verifyDefinition(definition), operator).to.deep.equal([]);
  const present = inputs.filter((given) => given !== null);
  const values = new Map(definition.inputs.map((input, i) => [input.name, fromNumbers(input.dtype, input.shape, present[i]![1])]));
  const output = outputOf(definition);
  return { dtype: output.dtype, shape: shapeOf(output), values: Array.from(toNumbers(evaluate(definition, values).get(output.name)!)) };
};

const range = (count: number, first = 0): readonly number[] => Array.from({ length: count }, (_, i) => first + i);

/** Operator, attributes, inputs, output shape, output values. */
const answers: readonly (readonly [string, Attributes, readonly (Given | null)[], readonly number[], readonly number[]])[] = [
  ['conv2d', {}, [[[1, 1, 3, 3], range(9)], [[1, 1, 2, 2], [1, 0, 0, 1]]], [1, 1, 2, 2], [4, 6, 10, 12]],
  ['conv2d', { pads: [1, 1, 1, 1] }, [[[1, 1, 2, 2], [1, 2, 3, 4]], [[1, 1, 3, 3], Array(9).fill(1)], [[1], [10]]], [1, 1, 2, 2], [20, 20, 20, 20]],
  ['conv2d', { pads: [1, 0, 0, 0], strides: [2, 1] }, [[[1, 1, 3, 2], range(6, 1)], [[1, 1, 2, 1], [10, 1]]], [1, 1, 2, 2], [1, 2, 35, 46]],
  ['conv2d', { dilations: [1, 2] }, [[[1, 1, 1, 5], [1, 2, 3, 4, 5]], [[1, 1, 1, 2], [1, -1]]], [1, 1, 1, 3], [-2, -2, -2]],
  ['conv2d', { groups: 2 }, [[[1, 4, 1, 1], [1, 2, 3, 4]], [[2, 2, 1, 1], [1, 10, 100, 1000]]], [1, 2, 1, 1], [21, 4300]],
  ['conv2d', { groups: 2 }, [[[1, 2, 1, 1], [3, 5]], [[4, 1, 1, 1], [1, 2, 3, 4]]], [1, 4, 1, 1], [3, 6, 15, 20]],
  ['conv2d', {}, [[[2, 1, 1, 1], [3, 5]], [[2, 1, 1, 1], [1, -1]], [[2], [0.5, 0]]], [2, 2, 1, 1], [3.5, -3, 5.5, -5]],
  ['conv1d', { pads: [0, 1] }, [[[1, 1, 3], [1, 2, 3]], [[1, 1, 2], [1, 10]]], [1, 1, 3], [21, 32, 3]],
  ['conv3d', {}, [[[1, 1, 2, 1, 1], [1, 2]], [[1, 1, 2, 1, 1], [3, 4]]], [1, 1, 1, 1, 1], [11]],
  ['maxPool', { kernel: [2, 2], strides: [2, 2] }, [[[1, 1, 2, 4], [1, 2, 3, 4, 8, 7, 6, 5]]], [1, 1, 1, 2], [8, 6]],
  ['maxPool', { kernel: [3, 3], pads: [1, 1, 1, 1] }, [[[1, 1, 2, 2], [-4, -3, -2, -1]]], [1, 1, 2, 2], [-1, -1, -1, -1]],
  ['maxPool', { kernel: [2], strides: [2], ceilMode: true }, [[[1, 1, 5], [1, 2, 3, 4, -5]]], [1, 1, 3], [2, 4, -5]],
  ['maxPool', { kernel: [2], strides: [2] }, [[[1, 1, 5], [1, 2, 3, 4, 5]]], [1, 1, 2], [2, 4]],
  ['maxPool', { kernel: [1], strides: [3], pads: [0, 1], ceilMode: true }, [[[1, 1, 3], [1, 2, 3]]], [1, 1, 1], [1]],
  ['maxPool', { kernel: [2], dilations: [2] }, [[[1, 1, 4], [9, 1, 2, 3]]], [1, 1, 2], [9, 3]],
  ['maxPool', { kernel: [2] }, [[[1, 1, 3], [-3, -2, -1], 'i8']], [1, 1, 2], [-2, -1]],
  ['averagePool', { kernel: [2, 2] }, [[[1, 1, 2, 3], range(6)]], [1, 1, 1, 2], [2, 3]],
  ['averagePool', { kernel: [2, 2], pads: [1, 1, 0, 0] }, [[[1, 1, 2, 2], [1, 2, 3, 6]]], [1, 1, 2, 2], [1, 1.5, 2, 3]],
  ['averagePool', { kernel: [2, 2], pads: [1, 1, 0, 0], countIncludePad: true }, [[[1, 1, 2, 2], [1, 2, 3, 6]]], [1, 1, 2, 2], [0.25, 0.75, 1, 3]],
  ['averagePool', { kernel: [2], strides: [2], pads: [0, 0], ceilMode: true, countIncludePad: true }, [[[1, 1, 3], [2, 4, 5]]], [1, 1, 2], [3, 5]],
  ['averagePool', { kernel: [2], pads: [0, 1], countIncludePad: true }, [[[1, 1, 2], [2, 6]]], [1, 1, 2], [4, 3]],
  ['globalAveragePool', {}, [[[1, 2, 2, 2], range(8)]], [1, 2, 1, 1], [1.5, 5.5]],
  ['globalMaxPool', {}, [[[1, 2, 1, 2], [3, 1, -2, -4]]], [1, 2, 1, 1], [3, -2]],
  ['dense', {}, [[[1, 2], [1, 2]], [[2, 3], range(6)], [[3], [10, 20, 30]]], [1, 3], [16, 29, 42]],
  ['dense', { transposeA: true, transposeB: true }, [[[2, 1], [1, 2]], [[3, 2], range(6)]], [1, 3], [2, 8, 14]],
  ['dense', { alpha: 2, beta: 0.5 }, [[[2, 1], [1, 2]], [[1, 1], [3]], [[1], [10]]], [2, 1], [11, 17]],
  ['dense', { beta: 0 }, [[[1, 1], [2]], [[1, 1], [3]], [[1], [10]]], [1, 1], [6]],
  ['matmul', {}, [[[2, 2], [1, 2, 3, 4]], [[2, 2], [0, 1, 1, 0]]], [2, 2], [2, 1, 4, 3]],
  ['matmul', {}, [[[2, 1, 2], [1, 2, 3, 4]], [[1, 2, 1], [5, 6]]], [2, 1, 1], [17, 39]],
  ['matmul', {}, [[[2], [1, 2]], [[2, 2], [1, 2, 3, 4]]], [2], [7, 10]],
  ['matmul', {}, [[[2, 2], [1, 2, 3, 4]], [[2], [1, 10]]], [2], [21, 43]],
  ['matmul', {}, [[[2], [1, 2]], [[2], [3, 4]]], [], [11]],
  ['einsum', { equation: 'ij, jk -> ik' }, [[[2, 2], [1, 2, 3, 4]], [[2, 2], [0, 1, 1, 0]]], [2, 2], [2, 1, 4, 3]],
  ['einsum', { equation: 'bca' }, [[[1, 2, 3], range(6)]], [3, 1, 2], [0, 3, 1, 4, 2, 5]],
  ['einsum', { equation: '...ii->...i' }, [[[2, 2, 2], range(8)]], [2, 2], [0, 3, 4, 7]],
  ['einsum', { equation: '...a,ab' }, [[[2, 1, 2], [1, 2, 3, 4]], [[2, 1], [1, 10]]], [2, 1, 1], [21, 43]],
  ['einsum', { equation: 'i,i,i->' }, [[[2], [1, 2]], [[2], [3, 4]], [[2], [5, 6]]], [], [63]],
  ['gather', {}, [[[3, 2], range(6)], [[2, 2], [2, 0, -1, 1], 'i64']], [2, 2, 2], [4, 5, 0, 1, 4, 5, 2, 3]],
  ['gather', { axis: -1 }, [[[2, 3], range(6)], [[], [1], 'i32']], [2], [1, 4]],
  // outside: the nearest element, whatever lies beside the tensor
  ['gather', {}, [[[3], [5, 6, 7]], [[3], [9, -9, -3], 'i64']], [3], [7, 5, 5]],
  ['gatherElements', { axis: 1 }, [[[2, 3], range(6)], [[2, 2], [2, -3, 1, 1], 'i64']], [2, 2], [2, 0, 4, 4]],
  ['gatherElements', {}, [[[3, 2], range(6)], [[1, 2], [2, 0], 'i32']], [1, 2], [4, 1]],
  ['topPlaces', { k: 3 }, [[[1, 4, 1], [5, NaN, 5, -1]], [[4], range(4), 'i32']], [1, 3, 1], [1, 0, 2]],
  ['topPlaces', { k: 2, largest: false }, [[[2, 2, 2], [1, 2, 0, 4, 3, 3, 3, -3], 'i32'], [[2], range(2), 'i32']], [2, 2, 2], [1, 0, 0, 1, 0, 1, 1, 0]],
  ['topInTurn', { k: 4 }, [[[1, 5, 1], [5, NaN, 5, -Infinity, -Infinity]], [[5], range(5), 'i32']], [1, 4, 1], [1, 0, 2, 3]],
  ['topInTurn', { k: 2, largest: false }, [[[2, 2, 2], [1, 2, 0, 4, 3, 3, 3, -3], 'i32'], [[2], range(2), 'i32']], [2, 2, 2], [1, 0, 0, 1, 0, 1, 1, 0]],
  ['reached', { k: 2 }, [[[1, 4, 1], [1, 5, 3, -Infinity]], [[1, 4, 1], [-Infinity, 1, 3, 5]]], [1, 1, 1], [3]],
  ['reached', { k: 1 }, [[[2, 2, 2], [1, 2, 0, 4, 3, 3, 3, -3], 'i32'], [[2, 3, 1], [1, 3, 4, 1, 3, 4], 'i32']], [2, 1, 2], [1, 3, 2, 2]],
  ['firstAbove', {}, [[[1, 5, 1], [0, 1, 1, 2, 3], 'i32'], [[4], [0, 1, 2, 3], 'i32']], [1, 4, 1], [1, 3, 4, 4]],
  ['firstAbove', {}, [[[1, 2, 2], [1, 0, 1, 1], 'i32'], [[1], [0], 'i32']], [1, 1, 2], [0, 1]],
  ['firstAbove', {}, [[[1, 1, 1], [1], 'i32'], [[1], [0], 'i32']], [1, 1, 1], [0]],
  ['running', { axis: 1 }, [[[1, 3, 2], [1, 2, 3, 4, 5, 6]], [[16], range(16), 'i32']], [1, 3, 2], [1, 2, 4, 6, 9, 12]],
  ['running', { exclusive: true, reverse: true, by: 'multiply' }, [[[3, 2], [1, 2, 3, 4, 5, 6]], [[16], range(16), 'i32']], [3, 2], [15, 24, 5, 6, 1, 1]],
  ['running', { exclusive: true }, [[[1, 2], [7, 8]], [[16], range(16), 'i32']], [1, 2], [0, 0]],
  ['running', { axis: -1 }, [[[20], range(20)], [[16], range(16), 'i32']], [20], range(20).map((n) => n * (n + 1) / 2)],
  ['running', { axis: 1, exclusive: true, reverse: true }, [[[1, 33], range(33)], [[16], range(16), 'i32']], [1, 33], range(33).map((n) => 528 - n * (n + 1) / 2)],
  ['running', { exclusive: true, by: 'multiply' }, [[[4], [2, 3, 4, NaN]], [[16], range(16), 'i32']], [4], [1, 2, 6, 24]],
  ['repeat', { times: 2 }, [[[2, 2], range(4)]], [4, 2], [0, 1, 0, 1, 2, 3, 2, 3]],
  ['repeat', { axis: -1, times: 3 }, [[[2, 2], range(4)]], [2, 6], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]],
  ['pad', { pads: [3, 2], mode: 'wrap' }, [[[3], [1, 2, 3]]], [8], [1, 2, 3, 1, 2, 3, 1, 2]],
  ['pad', { pads: [0, 4, 0, -1], mode: 'wrap' }, [[[1, 3], [1, 2, 3]]], [1, 6], [3, 1, 2, 3, 1, 2]],
  ['batchNormalization', { epsilon: 0 }, [[[1, 2, 1, 2], [1, 2, 3, 4]], [[2], [1, 2]], [[2], [0, 1]], [[2], [1, 3]], [[2], [1, 4]]], [1, 2, 1, 2], [0, 1, 1, 2]],
  ['layerNormalization', { epsilon: 0 }, [[[2, 2], [1, 3, 5, -5]]], [2, 2], [-1, 1, 1, -1]],
  ['layerNormalization', { axes: [0], epsilon: 3 }, [[[2, 2], [0, 1, 2, 3]]], [2, 2], [-0.5, -0.5, 0.5, 0.5]],
  ['layerNormalization', { axes: [1, 2], epsilon: 0 }, [[[1, 2, 2], [-1, 1, 1, -1]]], [1, 2, 2], [-1, 1, 1, -1]],
  ['softmax', { axis: 1 }, [[[1, 2, 2], [0, Math.log(3), 0, 0]]], [1, 2, 2], [0.5, 0.75, 0.5, 0.25]],
  ['softmax', {}, [[[1, 3], [1000, 1000, -1000]]], [1, 3], [0.5, 0.5, 0]],
  ['relu', {}, [[[3], [-1, 0, 2]]], [3], [0, 0, 2]],
  ['leakyRelu', { alpha: 0.5 }, [[[2], [-2, 2]]], [2], [-1, 2]],
  ['thresholdedRelu', { alpha: 1 }, [[[3], [0.5, 1, 2]]], [3], [0, 0, 2]],
  ['elu', { alpha: 2 }, [[[3], [-Infinity, 0, 1]]], [3], [-2, 0, 1]],
  ['selu', { alpha: 2, gamma: 3 }, [[[2], [-Infinity, 1]]], [2], [-6, 3]],
  ['celu', { alpha: 2 }, [[[2], [-Infinity, 1]]], [2], [-2, 1]],
  ['sigmoid', {}, [[[3], [-1000, 0, 1000]]], [3], [0, 0.5, 1]],
  ['hardSigmoid', {}, [[[3], [-5, 0, 5]]], [3], [0, 0.5, 1]],
  ['hardSwish', {}, [[[3], [-3, 0, 6]]], [3], [0, 0, 6]],
  ['swish', {}, [[[2], [0, 100]]], [2], [0, 100]],
  ['softplus', {}, [[[3], [-1000, 0, 1000]]], [3], [0, Math.log(2), 1000]],
  ['softsign', {}, [[[2], [-1, 3]]], [2], [-0.5, 0.75]],
  ['mish', {}, [[[2], [0, 100]]], [2], [0, 100]],
  ['gelu', {}, [[[2], [0, 1]]], [2], [0, 0.8413447460685429]],
  ['gelu', { approximate: 'tanh' }, [[[2], [0, 1]]], [2], [0, 0.8411919906082768]],
  ['clip', { min: -1, max: 1 }, [[[3], [-2, 0.5, 2]]], [3], [-1, 0.5, 1]],
  ['clip', { max: 1 }, [[[2], [-2, 2]]], [2], [-2, 1]],
  ['reciprocal', {}, [[[2], [4, -2]]], [2], [0.25, -0.5]],
  ['sign', {}, [[[3], [-2, 0, 3]]], [3], [-1, 0, 1]],
  ['isNaN', {}, [[[2], [NaN, 1]]], [2], [1, 0]],
  ['cast', { to: 'i32' }, [[[2], [2.7, -2.7]]], [2], [2, -2]],
  ['identity', {}, [[[1], [7]]], [1], [7]],
  ['sqrt', {}, [[[2], [4, 9]]], [2], [2, 3]],
  ['add', {}, [[[2, 2], range(4)], [[2], [10, 20]]], [2, 2], [10, 21, 12, 23]],
  ['add', {}, [[[2, 1], [1, 2]], [[1, 2], [10, 20]]], [2, 2], [11, 21, 12, 22]],
  ['subtract', {}, [[[], [5]], [[2], [1, 2]]], [2], [4, 3]],
  ['less', {}, [[[2], [1, 3]], [[1], [2]]], [2], [1, 0]],
  ['notEqual', {}, [[[2], [1, NaN]], [[2], [1, NaN]]], [2], [0, 1]],
  ['modulo', {}, [[[2], [-3, 3], 'i32'], [[1], [2], 'i32']], [2], [1, 1]],
  ['remainder', {}, [[[2], [-3, 3], 'i32'], [[1], [2], 'i32']], [2], [-1, 1]],
  ['prelu', {}, [[[1, 2, 1], [-1, -1]], [[2, 1], [0.5, 2]]], [1, 2, 1], [-0.5, -2]],
  ['where', {}, [[[2], [1, 0], 'bool'], [[1], [5]], [[2], [6, 7]]], [2], [5, 7]],
  ['reshape', { shape: [3, 2] }, [[[2, 3], range(6)]], [3, 2], range(6)],
  ['reshape', { shape: [1, 8] }, [[[1, 2, 2, 2], range(8)]], [1, 8], range(8)],
  ['reshape', { shape: [2, 1, 2] }, [[[4], range(4)]], [2, 1, 2], range(4)],
  ['transpose', {}, [[[2, 3], range(6)]], [3, 2], [0, 3, 1, 4, 2, 5]],
  ['transpose', { permutation: [1, 2, 0] }, [[[2, 1, 3], range(6)]], [1, 3, 2], [0, 3, 1, 4, 2, 5]],
  ['concat', { axis: 1 }, [[[2, 1], [1, 2]], [[2, 2], [3, 4, 5, 6]], [[2, 1], [7, 8]]], [2, 4], [1, 3, 4, 7, 2, 5, 6, 8]],
  ['concat', { axis: -1 }, [[[2], [1, 2]]], [2], [1, 2]],
  ['pad', { pads: [1, 0, 0, 1], value: 9 }, [[[1, 2], [1, 2]]], [2, 3], [9, 9, 9, 1, 2, 9]],
  ['pad', { pads: [-1, 1] }, [[[3], [1, 2, 3]]], [3], [2, 3, 0]],
  ['pad', { pads: [2, 1], mode: 'reflect' }, [[[3], [1, 2, 3]]], [6], [3, 2, 1, 2, 3, 2]],
  ['pad', { pads: [1, 0, 0, 1], mode: 'edge' }, [[[2, 2], [1, 2, 3, 4]]], [3, 3], [1, 2, 2, 1, 2, 2, 3, 4, 4]],
  ['slice', { starts: [1], ends: [3] }, [[[4, 1], range(4)]], [2, 1], [1, 2]],
  ['slice', { starts: [-1], ends: [-1000], axes: [1], steps: [-2] }, [[[1, 5], range(5)]], [1, 3], [4, 2, 0]],
  ['slice', { starts: [1000], ends: [-1000], steps: [-1] }, [[[3], range(3)]], [3], [2, 1, 0]],
  ['slice', { starts: [0, 1], ends: [100, 3], axes: [0, -1], steps: [2, 1] }, [[[3, 3], range(9)]], [2, 2], [1, 2, 7, 8]],
  ['reduceSum', { axes: [1] }, [[[2, 3], range(6)]], [2, 1], [3, 12]],
  ['reduceSum', { axes: [-1], keepDims: false }, [[[2, 3], range(6)]], [2], [3, 12]],
  ['reduceMean', { keepDims: false }, [[[2, 3], range(6)]], [], [2.5]],
  ['reduceSum', {}, [[[], [3]]], [], [3]],
  ['batchNormalization', { epsilon: 0 }, [[[1, 2, 1, 1], [3, 5], 'f16'], [[2], [1, 2]], [[2], [0, 1]], [[2], [1, 3]], [[2], [1, 4]]], [1, 2, 1, 1], [2, 3]],
  ['reduceMean', { axes: [2, 3] }, [[[1, 2, 1, 2], range(4)]], [1, 2, 1, 1], [0.5, 2.5]],
  ['reduceMax', { axes: [0] }, [[[2, 2], [1, 4, 3, 2]]], [1, 2], [3, 4]],
  ['reduceMin', { axes: [0] }, [[[2, 2], [1, 4, 3, 2]]], [1, 2], [1, 2]],
  ['reduceProd', {}, [[[3], [2, 3, 4], 'i64']], [1], [24]],
  ['asStored', {}, [[[2], [1.5, -2]]], [2], [1.5, -2]],
];

describe('operators', () => {
  for (const [operator, attributes, inputs, shape, values] of answers)
    it(`${operator} ${JSON.stringify(attributes)} of ${inputs.map((given) => JSON.stringify(given?.[0])).join(' ')}`, () => {
      const answer = answerOf(operator, attributes, inputs);
      expect(answer.shape).to.deep.equal(shape);
      answer.values.forEach((value, i) => { expect(value).to.be.closeTo(values[i]!, 2e-7 * Math.max(1, Math.abs(values[i]!)), `element ${i}`); });
      expect(answer.values.length).to.equal(values.length);
    });

  it('each has an answer here, but for the unary and binary operators of the IR under their own names', () => {
    const tested = new Set(answers.map(([operator]) => operator));
    const plain = new Set(['exp', 'log', 'tanh', 'erf', 'floor', 'ceil', 'round', 'truncate', 'not', 'negate', 'absolute', 'sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sinh', 'cosh', 'asinh', 'acosh', 'atanh',
      'multiply', 'divide', 'max', 'min', 'power', 'atan2', 'and', 'or', 'xor', 'shiftLeft', 'shiftRight', 'equal', 'lessOrEqual', 'greater', 'greaterOrEqual']);
    expect([...operators.keys()].filter((name) => !tested.has(name) && !plain.has(name))).to.deep.equal([]);
    for (const name of plain) expect(operators.has(name), name).to.equal(true);
  });

  it('hands a NaN of either operand of max and min on, and one of the data of relu and clip', () => {
    for (const operator of ['max', 'min']) expect(answerOf(operator, {}, [[[4], [NaN, 1, NaN, 2]], [[4], [1, NaN, NaN, 2]]]).values, operator).to.deep.equal([NaN, NaN, NaN, 2]);
    expect(answerOf('relu', {}, [[[2], [NaN, -1]]]).values).to.deep.equal([NaN, 0]);
    expect(answerOf('clip', { min: 0, max: 6 }, [[[2], [NaN, 7]]]).values).to.deep.equal([NaN, 6]);
  });

  it('infers dtypes: comparisons are bool, casts are what they say, half sums accumulate in single', () => {
    const infer = (operator: string, attributes: Attributes, inputs: readonly Given[]) => unwrap(operators.get(operator)!.infer(nodeOf(operator, attributes), operandsFrom(inputs)));
    expect(infer('less', {}, [[[2], []], [[2], []]])).to.deep.equal([{ dtype: 'bool', shape: [2] }]);
    expect(infer('cast', { to: 'u8' }, [[[2], []]])).to.deep.equal([{ dtype: 'u8', shape: [2] }]);
    expect(infer('conv2d', {}, [[[1, 3, 8, 8], [], 'f16'], [[4, 3, 3, 3], [], 'f16']])).to.deep.equal([{ dtype: 'f16', shape: [1, 4, 6, 6] }]);
    const half = unwrap(operators.get('dense')!.define(nodeOf('dense', {}), operandsFrom([[[1, 2], [], 'f16'], [[2, 1], [], 'f16']])));
    expect(half.stages.map((stage) => `${stage.name} ${stage.dtype} ${stage.reduce?.accumulate ?? ''}`)).to.deep.equal(['A f32 f32', 'Y f16 ']);
    expect(verifyDefinition(half)).to.deep.equal([]);
  });

  it('an operand with data is known when the library is built', () => {
    const data = fromNumbers('f32', [1, 1, 1, 1], [1]);
    const definition = unwrap(operators.get('conv2d')!.define(nodeOf('conv2d', {}), [{ dtype: 'f32', shape: [1, 1, 2, 2] }, { dtype: 'f32', shape: [1, 1, 1, 1], data }]));
    expect(definition.inputs.map(({ name, when }) => `${name} ${when}`)).to.deep.equal(['X run', 'W compile']);
  });

  const labels: readonly (readonly [string, Attributes, readonly Given[], string])[] = [
    ['conv2d', { strides: [2, 2], pads: [1, 1, 1, 1] }, [[[1, 64, 56, 56], []], [[128, 64, 3, 3], []]], 'conv2d 3x3 64→128 s2 @56'],
    ['conv2d', { groups: 64, dilations: [2, 1] }, [[[1, 64, 56, 28], []], [[64, 1, 3, 3], []]], 'conv2d 3x3 64→64 g64 d2x1 @56x28'],
    ['dense', { transposeB: true }, [[[1, 512], []], [[1000, 512], []]], 'dense 512→1000'],
    ['maxPool', { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] }, [[[1, 64, 112, 112], []]], 'max_pool 3x3 s2 @112'],
    ['globalAveragePool', {}, [[[1, 512, 7, 7], []]], 'global_average_pool 512 @7'],
    ['leakyRelu', {}, [[[1, 64, 56, 56], []]], 'leaky_relu 1x64x56x56'],
  ];
  for (const [operator, attributes, inputs, label] of labels)
    it(`labels ${label}`, () => { expect(operators.get(operator)!.label(nodeOf(operator, attributes), operandsFrom(inputs))).to.equal(label); });

  /** Operator, attributes, shapes, the whole message after the node's name. */
  const refusals: readonly (readonly [string, Attributes, readonly (Given | null)[], string])[] = [
    ['conv2d', {}, [[[1, 3, 8, 8], []]], 'has no input W at position 1'],
    ['conv2d', {}, [[[3, 8, 8], []], [[4, 3, 3, 3], []]], 'reads X of shape [3,8,8] and W of shape [4,3,3,3]; expected both of rank 4'],
    ['conv2d', { groups: 2 }, [[[1, 3, 8, 8], []], [[4, 3, 3, 3], []]], 'has 2 groups, which do not divide 3 input channels and 4 output channels'],
    ['conv2d', {}, [[[1, 3, 8, 8], []], [[4, 2, 3, 3], []]], 'has weights for 2 input channels per group; X has 3 channels in 1 groups of 3'],
    ['conv2d', {}, [[[1, 3, 8, 8], []], [[4, 3, 3, 3], []], [[3], []]], 'has a bias of shape [3]; expected [4]'],
    ['conv2d', {}, [[[1, 3, 2, 2], []], [[4, 3, 3, 3], []]], 'has a window 3x3 that is larger than its padded input 2x2'],
    ['conv2d', { strides: [0, 1] }, [[[1, 3, 8, 8], []], [[4, 3, 3, 3], []]], 'has strides [0,1]; expected 2 integers of at least 1'],
    ['conv2d', { auto_pad: 'SAME' }, [[[1, 3, 8, 8], []], [[4, 3, 3, 3], []]], 'has an attribute auto_pad, which conv2d does not know'],
    ['maxPool', { kernel: [3] }, [[[1, 3, 8, 8], []]], 'has a window [3] for 2 spatial axes'],
    ['maxPool', {}, [[[1, 3, 8, 8], []]], 'has no attribute kernel; give a list of integers'],
    ['maxPool', { kernel: 3 }, [[[1, 3, 8, 8], []]], 'has kernel = 3; expected a list of integers'],
    ['maxPool', { kernel: [3] }, [[[3, 8], []]], 'reads X of shape [3,8]; expected [n,c,y,x] or one spatial axis less or more'],
    ['dense', {}, [[[1, 2, 3], []], [[3, 4], []]], 'multiplies [1,2,3] by [3,4]; expected two matrices (reshape or use matmul)'],
    ['dense', {}, [[[1, 2], []], [[3, 4], []]], 'multiplies 1x2 by 3x4: the inner extents 2 and 3 differ'],
    ['dense', {}, [[[1, 2], []], [[2, 4], []], [[2, 4], []]], 'has a bias of shape [2,4]; expected one that broadcasts to [1,4]'],
    ['matmul', {}, [[[], []], [[3, 4], []]], 'multiplies a scalar; expected vectors, matrices or batches of matrices (use multiply)'],
    ['matmul', {}, [[[1, 2], []], [[3, 4], []]], 'multiplies [1,2] by [3,4]: the inner extents 2 and 3 differ'],
    ['matmul', {}, [[[2, 1, 2], []], [[3, 2, 4], []]], 'cannot broadcast [2] with [3]: axis 0 differs; an extent must be equal or 1'],
    ['einsum', { equation: 'ij->j->i' }, [[[2, 2], []]], 'has the equation "ij->j->i"; expected letters, commas, ellipses and one arrow'],
    ['einsum', { equation: 'ij,jk->ik' }, [[[2, 2], []]], 'has the equation "ij,jk->ik" of 2 operands, but 1 inputs'],
    ['einsum', { equation: 'ij->ik' }, [[[2, 2], []]], 'has the equation "ij->ik", whose output repeats a letter or has one that no operand has'],
    ['einsum', { equation: 'ij->i' }, [[[2], []]], 'calls the axes of operand 0 "ij"; its shape is [2]'],
    ['einsum', { equation: 'i,i->i' }, [[[2], []], [[3], []]], 'has the extents 2 and 3 for i'],
    ['einsum', { equation: 'i,i->i' }, [[[2], []], [[2], [], 'f64']], 'multiplies f32 and f64; cast one of them'],
    ['gather', { axis: 2 }, [[[2], []], [[2], [], 'i64']], 'has axis 2; its operand has 1 axes'],
    ['gather', {}, [[[2], []], [[2], []]], 'has indices of f32; expected i32 or i64'],
    ['topPlaces', { k: 3 }, [[[1, 2, 1], []], [[2], [], 'i32']], 'takes 3 of 2 elements; expected 1 to 2'],
    ['topPlaces', { k: 1 }, [[[1, 2, 1], []], [[2], [], 'i64']], 'reads X of shape [1,2,1] and I of i64[2]; expected [b,n,a] and i32[n]'],
    ['repeat', { times: 0 }, [[[2], []]], 'repeats 0 times; expected a whole number from 1'],
    ['topInTurn', { k: 17 }, [[[1, 20, 1], []], [[20], [], 'i32']], 'takes 17 elements one after the other; expected 1 to 16'],
    ['reached', { k: 1 }, [[[2, 2, 1], []], [[3, 2, 1], []]], 'reads X of shape [2,2,1] and C of f32[3,2,1]; expected [b,n,a] and f32[b,m,a]'],
    ['firstAbove', {}, [[[2, 2, 1], []], [[3], [], 'i32']], 'reads X of f32[2,2,1] and R of i32[3]; expected i32[b,n,a] and i32[r]'],
    ['running', {}, [[[2], []], [[2], [], 'i32']], 'reads I of i32[2]; expected i32[16]'],
    ['gatherElements', {}, [[[2, 2], []], [[2, 3], [], 'i64']], 'has indices of shape [2,3] for X of shape [2,2]; expected the same rank, and no axis longer but axis 0'],
    ['batchNormalization', {}, [[[4], []], [[4], []], [[4], []], [[4], []], [[4], []]], 'reads X of shape [4]; expected [n,c] or more axes'],
    ['batchNormalization', {}, [[[1, 4], []], [[4], []], [[4], []], [[3], []], [[4], []]], 'has mean of shape [3]; expected [4]'],
    ['softmax', { axis: 2 }, [[[1, 4], []]], 'has axis 2; its operand has 2 axes'],
    ['add', {}, [[[2], []], [[3], []]], 'cannot broadcast [2] with [3]: axis 0 differs; an extent must be equal or 1'],
    ['add', {}, [[[2], []], [[2], [], 'i32']], 'takes operands of one dtype, not f32 and i32; cast one of them'],
    ['where', {}, [[[2], []], [[2], []], [[2], []]], 'takes a bool condition and two operands of one dtype, not f32, f32 and f32'],
    ['cast', { to: 'complex64' }, [[[2], []]], 'has to = "complex64"; expected one of f32, f64, f16, bf16, i8, u8, i16, u16, i32, u32, i64, u64, bool'],
    ['clip', { min: 'low' }, [[[2], []]], 'has min = "low"; expected a number'],
    ['reduceSum', { keepDims: 1 }, [[[2], []]], 'has keepDims = 1; expected true or false'],
    ['reduceSum', { axes: [1] }, [[[2], []]], 'has axis 1; its operand has 1 axes'],
    ['reshape', { shape: [4] }, [[[2, 3], []]], 'reshapes [2,3] to [4]: 6 elements are not 4'],
    ['transpose', { permutation: [0, 0] }, [[[2, 3], []]], 'has permutation [0,0] of 2 axes'],
    ['concat', { axis: 0 }, [[[2, 3], []], [[2, 4], []]], 'joins f32[2,3] and f32[2,4] along axis 0; all but that axis must be equal'],
    ['concat', { axis: 2 }, [[[2, 3], []]], 'has axis 2; its operand has 2 axes'],
    ['concat', { axis: 0 }, [], 'has no inputs'],
    ['pad', { pads: [1] }, [[[2], []]], 'has pads [1]; expected 2 integers for 1 axes'],
    ['pad', { pads: [-1, -1] }, [[[2], []]], 'leaves the empty shape [0]'],
    ['pad', { pads: [2, 0], mode: 'reflect' }, [[[2], []]], 'reflects more than [2] holds: each pad must be smaller than its axis'],
    ['slice', { starts: [0], ends: [1], steps: [0] }, [[[2], []]], 'has a step of 0'],
    ['slice', { starts: [0], ends: [1, 2] }, [[[2], []]], 'has 1 starts, 2 ends, 1 axes and 1 steps; expected as many of each'],
  ];
  for (const [operator, attributes, inputs, words] of refusals)
    it(`refuses: ${operator} ${words}`, () => {
      expect(operators.get(operator)!.define(nodeOf(operator, attributes), operandsFrom(inputs)))
        .to.deep.equal({ ok: false, failure: { code: 'operator-refused', stage: 'graph', message: `${operator} "node" ${words}` } });
    });

  it('reshapes what has no elements, to what has none either', () => {
    for (const [from, to] of [[[1, 0, 4], [4, 0]], [[0], [3, 0, 2]], [[2, 3, 0], [0, 5]]] as const)
      expect(operators.get('reshape')!.define(nodeOf('reshape', { shape: [...to] }), operandsFrom([[[...from], []]])).ok, `${from.join()} to ${to.join()}`).to.equal(true);
  });

  it('refuses a second output', () => {
    expect(operators.get('maxPool')!.define(nodeOf('maxPool', { kernel: [1, 1] }, ['y', 'indices']), operandsFrom([[[1, 1, 2, 2], []]])))
      .to.deep.equal({ ok: false, failure: { code: 'operator-refused', stage: 'graph', message: 'maxPool "node" has a second output indices; Loopsmith computes only the first one of maxPool' } });
  });
});
