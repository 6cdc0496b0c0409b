/** Quantised operators by numbers worked out by hand: zero points, scales per channel, halves to even, and what is held at the ends. Others are in ONNX's own cases. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type DType, type TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute, type OnnxTensor } from '@loopsmith/onnx-file';
import { unwrap } from '@loopsmith/util';
import { onnx } from '../onnx.js';

const elementTypes: Partial<Readonly<Record<DType, number>>> = { f32: 1, u8: 2, i8: 3, i32: 6 };
type Constant = readonly [dtype: 'f32' | 'u8' | 'i8' | 'i32', shape: readonly number[], values: readonly number[]];
/** One node over x, known at run time, and constants; an absent input is null. */
const computed = (operator: string, [dtype, shape, values]: Constant, rest: readonly (Constant | null)[], attributes: Readonly<Record<string, OnnxAttribute>> = {}, domain = ''): TensorData => {
  const initializers = rest.flatMap((constant, i): readonly OnnxTensor[] => (constant ? [{ ...fromNumbers(...constant), name: `c${i}` }] : []));
  const node = { name: 'n', operator, domain, inputs: ['x', ...rest.map((constant, i) => (constant ? `c${i}` : ''))], outputs: ['y'], attributes: new Map(Object.entries(attributes)) };
  const bytes = writeModel({ irVersion: 10, producer: 'spec', opsets: new Map([['', 21], ['com.microsoft', 1]]), graph: { name: 'g', inputs: [{ name: 'x', elementType: elementTypes[dtype]!, shape }], outputs: [{ name: 'y', elementType: 2, shape: null }], initializers, nodes: [node] } });
  return evaluateGraph(unwrap(onnx.import(bytes, { name: 'm', shapes: {} })), new Map([['x', fromNumbers(dtype, shape, values)]])).get('y')!;
};
const numbers = (data: TensorData): readonly [DType, readonly number[]] => [data.dtype, [...toNumbers(data)]];

describe('quantised ONNX operators', () => {
  it('QuantizeLinear rounds halves to even and holds what is beyond', () => {
    expect(numbers(computed('QuantizeLinear', ['f32', [6], [1, 3, -1, 1000, -1000, 5]], [['f32', [], [2]], ['i8', [], [10]]]))).to.deep.equal(['i8', [10, 12, 10, 127, -128, 12]]);
  });
  it('QuantizeLinear and DequantizeLinear take scales along an axis', () => {
    const scales: Constant = ['f32', [2], [1, 2]], zeros: Constant = ['u8', [2], [0, 5]];
    expect(numbers(computed('QuantizeLinear', ['f32', [2, 2], [4, 4, 6, 6]], [scales, zeros]))).to.deep.equal(['u8', [4, 7, 6, 8]]);
    expect(numbers(computed('DequantizeLinear', ['u8', [2, 2], [4, 7, 6, 8]], [scales, zeros], { axis: { kind: 'int', value: 0n } }))).to.deep.equal(['f32', [4, 7, 2, 6]]);
  });
  it('QLinearConv sums integers, with padding that stands for 0, and scales per channel', () => {
    // x - 1 = [1, 2, 3]; w = [1, 1, 1] and [2, 2, 2] over it, padded by one: sums [3, 6, 5] + 10 and [6, 12, 10]
    const parameters: readonly Constant[] = [
      ['f32', [], [0.5]], ['u8', [], [1]], ['i8', [2, 1, 3], [1, 1, 1, 2, 2, 2]], ['f32', [2], [1, 2]], ['i8', [2], [0, 0]], ['f32', [], [0.5]], ['u8', [], [3]], ['i32', [2], [10, 0]],
    ];
    expect(numbers(computed('QLinearConv', ['u8', [1, 1, 3], [2, 3, 4]], parameters, { pads: { kind: 'ints', value: [1n, 1n] } }))).to.deep.equal(['u8', [16, 19, 18, 15, 27, 23]]);
  });
  it('MatMulInteger keeps sums that no eight bits hold, with zero points per row and column', () => {
    expect(numbers(computed('MatMulInteger', ['u8', [2, 2], [255, 255, 2, 3]], [['i8', [2, 2], [127, -128, 127, 1]], ['u8', [2], [0, 1]], ['i8', [2], [0, 1]]]))).to.deep.equal(['i32', [64770, -32895, 381, -129]]);
  });
  it('QLinearAdd and QLinearMul compute with the numbers that stand behind', () => {
    const second: readonly Constant[] = [['f32', [], [0.5]], ['u8', [], [0]], ['u8', [2], [2, 4]], ['f32', [], [1]], ['u8', [], [0]], ['f32', [], [0.5]], ['u8', [], [1]]];
    expect(numbers(computed('QLinearAdd', ['u8', [2], [2, 4]], second, {}, 'com.microsoft'))).to.deep.equal(['u8', [7, 13]]);
    expect(numbers(computed('QLinearMul', ['u8', [2], [2, 4]], second, {}, 'com.microsoft'))).to.deep.equal(['u8', [5, 17]]);
  });
  it('DynamicQuantizeLinear takes a tensor of zeros', () => {
    expect(numbers(computed('DynamicQuantizeLinear', ['f32', [2], [0, 0]], []))).to.deep.equal(['u8', [0, 0]]);
  });
});
