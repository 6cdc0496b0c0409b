/** Answers that ONNX's own cases do not ask for: infinities, places that are whole numbers, parts without elements. What is expected is what ONNX Runtime answers. */
import { expect } from 'chai';
import { fromNumbers, toNumbers, type DType } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute } from '@loopsmith/onnx-file';
import { unwrap } from '@loopsmith/util';
import { onnx } from '../onnx.js';

interface Tensor { readonly dtype?: DType; readonly shape: readonly number[]; readonly values: readonly number[]; /** Known at import. */ readonly constant?: true }
const vector = (...values: readonly number[]): Tensor => ({ shape: [values.length], values });
const image = (shape: readonly number[], values: readonly number[] = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i + 1)): Tensor => ({ shape, values });
const known = (dtype: DType, shape: readonly number[], ...values: readonly number[]): Tensor => ({ dtype, shape, values, constant: true });
const none = known('f32', [0]);
const int = (value: number): OnnxAttribute => ({ kind: 'int', value: BigInt(value) });
const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
const text = (value: string): OnnxAttribute => ({ kind: 'string', value });

const elementTypes = { f32: 1, i32: 6, i64: 7, f64: 11 };

interface Case { readonly operator: string; readonly operands: readonly Tensor[]; readonly attributes?: Readonly<Record<string, OnnxAttribute>>; readonly opset?: number; readonly shape: readonly number[]; readonly values: readonly number[] }
const count = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);
const wide = (input: number): Tensor => image([1, 1, 1, input], count(0, input));
const nearest = (mode: string, rounding: string): Readonly<Record<string, OnnxAttribute>> => ({ mode: text('nearest'), coordinate_transformation_mode: text(mode), nearest_mode: text(rounding) });
const axis = known('i64', [], 0);

const cases: Readonly<Record<string, Case>> = {
  'a running sum into an infinity': { operator: 'CumSum', operands: [vector(1, 2, Infinity, 4), axis], shape: [4], values: [1, 3, Infinity, Infinity] },
  'a running sum of two infinities': { operator: 'CumSum', operands: [vector(1, Infinity, -Infinity, 4, 5), axis], shape: [5], values: [1, Infinity, NaN, NaN, NaN] },
  'a running sum from the end, without each element': { operator: 'CumSum', operands: [vector(1, 2, 3, 4, Infinity), axis], attributes: { reverse: int(1), exclusive: int(1) }, shape: [5], values: [Infinity, Infinity, Infinity, Infinity, 0] },
  'a running sum of one element, without it': { operator: 'CumSum', operands: [vector(7), axis], attributes: { exclusive: int(1) }, shape: [1], values: [0] },
  'a running sum of seventy': { operator: 'CumSum', operands: [vector(...count(1, 71)), axis], shape: [70], values: count(1, 71).map((n) => n * (n + 1) / 2) },
  'a running sum along the first axis': { operator: 'CumSum', operands: [image([3, 2]), axis], shape: [3, 2], values: [1, 2, 4, 6, 9, 12] },
  'a running product past 0': { operator: 'CumProd', operands: [vector(2, 3, 0, Infinity), axis], opset: 26, shape: [4], values: [2, 6, 0, NaN] },
  'every second element beside an infinity': { operator: 'Resize', operands: [image([1, 1, 1, 4], [1, -Infinity, 3, 4]), none, known('f32', [4], 1, 1, 1, 0.5)], attributes: nearest('asymmetric', 'floor'), shape: [1, 1, 1, 2], values: [1, 3] },
  'linear beside an infinity': {
    operator: 'Resize', operands: [image([1, 1, 1, 4], [1, 3, Infinity, 5]), none, known('f32', [4], 1, 1, 1, 2)], attributes: { mode: text('linear') },
    shape: [1, 1, 1, 8], values: [1, 1.5, 2.5, Infinity, Infinity, Infinity, Infinity, 5],
  },
  'one element for many, an infinity': { operator: 'Resize', operands: [image([1, 1, 1, 1], [Infinity]), none, known('f32', [4], 1, 1, 1, 3)], attributes: { mode: text('linear') }, shape: [1, 1, 1, 3], values: [Infinity, Infinity, Infinity] },
  'the logarithm of a sum of nothing': { operator: 'ReduceLogSumExp', operands: [vector(-Infinity, -Infinity)], shape: [1], values: [-Infinity] },
  'the logarithm of an infinite sum': { operator: 'ReduceLogSumExp', operands: [vector(Infinity, 1)], attributes: { keepdims: int(0) }, shape: [], values: [Infinity] },
  'nearest elements whose places are whole numbers': { operator: 'Resize', operands: [wide(14), none, none, known('i64', [4], 1, 1, 1, 18)], attributes: nearest('asymmetric', 'floor'), shape: [1, 1, 1, 18], values: count(0, 18).map((at) => Math.floor((at * 14) / 18)) },
  'nearest elements between corners': { operator: 'Resize', operands: [wide(7), none, none, known('i64', [4], 1, 1, 1, 29)], attributes: nearest('align_corners', 'round_prefer_ceil'), shape: [1, 1, 1, 29], values: count(0, 29).map((at) => Math.floor((at * 6) / 28 + 0.5)) },
  'nearest elements of a shrinking axis, before operator set 11': { operator: 'Resize', operands: [image([1, 1, 1, 4]), known('f32', [4], 1, 1, 1, 0.6)], opset: 10, shape: [1, 1, 1, 2], values: [1, 3] },
  'nearest elements of a growing axis, before operator set 11': { operator: 'Resize', operands: [image([1, 1, 1, 2]), known('f32', [4], 1, 1, 1, 1.5)], opset: 10, shape: [1, 1, 1, 3], values: [1, 1, 2] },
  'a pool whose last windows reach past its input': { operator: 'LpPool', operands: [image([1, 1, 4, 4])], attributes: { kernel_shape: ints(3, 3), strides: ints(2, 2), ceil_mode: int(1), p: int(1) }, opset: 18, shape: [1, 1, 2, 2], values: [54, 45, 72, 54] },
  'a pool with padding whose last window reaches past it': { operator: 'LpPool', operands: [image([1, 1, 6])], attributes: { kernel_shape: ints(3), strides: ints(2), pads: ints(0, 1), ceil_mode: int(1), p: int(1) }, opset: 18, shape: [1, 1, 3], values: [6, 12, 11] },
  'whole numbers to a fractional power': { operator: 'Pow', operands: [{ ...vector(4, 9, 2), dtype: 'i32' }, { shape: [], values: [0.5] }], shape: [3], values: [2, 3, 1] },
  'whole numbers to a power of floats': { operator: 'Pow', operands: [{ ...vector(3, -3), dtype: 'i64' }, vector(5, 3)], shape: [2], values: [243, -27] },
  'parts without elements': { operator: 'Concat', operands: [image([0, 2], []), image([0, 3], [])], attributes: { axis: int(1) }, shape: [0, 5], values: [] },
  'one part with elements': { operator: 'Concat', operands: [image([2, 2]), image([2, 0], [])], attributes: { axis: int(-1) }, shape: [2, 2], values: [1, 2, 3, 4] },
  'no elements at all': { operator: 'Gather', operands: [vector(1, 2, 3), known('i64', [0])], shape: [0], values: [] },
  'no rows at all': { operator: 'Gather', operands: [image([3, 2]), known('i64', [0, 2])], shape: [0, 2, 2], values: [] },
  'many scattered elements': { operator: 'Gather', operands: [vector(...count(0, 1000)), known('i64', [900], ...count(0, 900).map((i) => (i * i) % 997))], shape: [900], values: count(0, 900).map((i) => (i * i) % 997) },
  'bounds that cross, the upper one known at run time: the upper one': { operator: 'Clip', operands: [vector(-5, 2, 5), known('f32', [], 3), { shape: [], values: [1] }], shape: [3], values: [1, 1, 1] },
  'bounds that cross, the lower one known at run time: the upper one': { operator: 'Clip', operands: [vector(-5, 2, 5), { shape: [], values: [3] }, known('f32', [], 1)], shape: [3], values: [1, 1, 1] },
  'the five digits that defaults had before operator set 6': { operator: 'Selu', operands: [vector(2)], opset: 5, shape: [1], values: [2 * Math.fround(1.0507)] },
  'a power that is a float before operator set 2': { operator: 'LpPool', operands: [image([1, 1, 3], [3, 4, 0])], attributes: { kernel_shape: ints(2), p: { kind: 'float', value: 2 } }, opset: 1, shape: [1, 1, 2], values: [5, 4] },
  'a whole number beyond 2^53': { operator: 'Constant', operands: [], attributes: { value_int: { kind: 'int', value: 2n ** 62n } }, shape: [], values: [2 ** 62] },
  'whole numbers beyond 2^53': { operator: 'Constant', operands: [], attributes: { value_ints: { kind: 'ints', value: [-(2n ** 60n), 3n] } }, shape: [2], values: [-(2 ** 60), 3] },
  'infinities of neither sign': { operator: 'IsInf', operands: [vector(1, Infinity, -Infinity, NaN)], attributes: { detect_positive: int(0), detect_negative: int(0) }, shape: [4], values: [0, 0, 0, 0] },
  'the largest none': { operator: 'TopK', operands: [image([2, 3]), known('i64', [1], 0)], attributes: { axis: int(0) }, shape: [0, 3], values: [] },
  'dropping out nothing in training': { operator: 'Dropout', operands: [vector(1, 2), known('f32', [], 0), known('bool', [], 1)], shape: [2], values: [1, 2] },
};

describe('ONNX operators answer', () => {
  for (const [what, { operator, operands, attributes = {}, opset = 18, shape, values }] of Object.entries(cases)) {
    it(`${what}: ${operator}`, () => {
      const tensors = operands.map(({ dtype = 'f32', shape: extents, values: numbers, constant = false }, i) => ({ ...fromNumbers(dtype, extents, numbers), name: `x${i}`, constant }));
      const graph = unwrap(onnx.import(writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', opset]]), graph: {
        name: 'g', inputs: tensors.filter(({ constant }) => !constant).map(({ name, dtype, shape: extents }) => ({ name, elementType: elementTypes[dtype as keyof typeof elementTypes], shape: extents })), outputs: [{ name: 'y', elementType: 1, shape: null }],
        initializers: tensors.filter(({ constant }) => constant),
        nodes: [{ name: 'n', operator, domain: '', inputs: tensors.map(({ name }) => name), outputs: ['y'], attributes: new Map(Object.entries(attributes)) }],
      } }), { name: 'm', shapes: {} }));
      const computed = evaluateGraph(graph, new Map(tensors.map((tensor) => [tensor.name, tensor]))).get('y')!;
      expect([computed.shape, [...toNumbers(computed)]]).to.deep.equal([shape, values]);
    });
  }
  const floats = [NaN, Infinity, -Infinity, 0, -0, 7, 3.4e38, -3.4e38, 1.4e-45, -1.4e-45, 1.2e-38, -1e-39, 1 + 2 ** -23, 1 - 2 ** -24, ...count(0, 32)];
  const integers = [-(2 ** 31), 2 ** 31 - 1, -1, 0, ...count(-20, 22)], long = [...integers, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 40, -(2 ** 40)];
  const drawn = { f32: [Float32Array, floats], f64: [Float64Array, [...floats, 5e-324, -5e-324, 1.7e308, 1 + 2 ** -52]], i32: [Int32Array, integers], i64: [Float64Array, long] } as const;
  // in turn, all pairs, one alone, and by a threshold: of each type that has one
  const sizes = [[1, 700, 15, 'f32'], [3, 150, 2, 'f32'], [1, 90, 90, 'f32'], [3, 150, 1, 'f32'], [46, 1, 1, 'f32'], [1, 700, 15, 'i32'], [1, 900, 60, 'f32'], [1, 900, 300, 'f32'], [1, 900, 420, 'f32'], [2, 640, 17, 'f32'], [1, 900, 300, 'f64'], [1, 900, 60, 'i32'], [1, 900, 60, 'i64']] as const;
  for (const [rows, columns, k, dtype] of sizes)
    for (const largest of [true, false])
      it(`the ${k} ${largest ? 'largest' : 'smallest'} of ${rows} rows of ${columns} of ${dtype}, in order, NaN as infinity and of equal ones the first, along either axis: TopK`, () => {
        const [numbers, those] = drawn[dtype], pick = (i: number): number => those[(i * i * 31 + i) % those.length]!;
        const values = [...new numbers(count(0, rows * columns).map(pick))], keyed = (value: number): number => (Number.isNaN(value) ? Infinity : value);
        const wanted = count(0, rows).map((row) => count(0, columns).toSorted((a, b) => {
          const [x, y] = [keyed(values[row * columns + a]!), keyed(values[row * columns + b]!)] as const;
          return x === y ? a - b : largest === x > y ? -1 : 1;
        }).slice(0, k));
        for (const last of [true, false]) {
          const turned = last ? values : values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
          const x = fromNumbers(dtype, last ? [rows, columns] : [columns, rows], turned);
          const graph = unwrap(onnx.import(writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', 18]]), graph: {
            name: 'g', inputs: [{ name: 'x', elementType: elementTypes[dtype], shape: x.shape }], outputs: [{ name: 'y', elementType: elementTypes[dtype], shape: null }, { name: 'at', elementType: 7, shape: null }], initializers: [{ ...fromNumbers('i64', [1], [k]), name: 'k' }],
            nodes: [{ name: 'n', operator: 'TopK', domain: '', inputs: ['x', 'k'], outputs: ['y', 'at'], attributes: new Map(Object.entries({ axis: int(last ? 1 : 0), largest: int(largest ? 1 : 0) })) }],
          } }), { name: 'm', shapes: {} }));
          const found = evaluateGraph(graph, new Map([['x', x]])), at = [...toNumbers(found.get('at')!)], [outer, inner] = last ? [k, 1] : [1, rows];
          expect(at).to.deep.equal(count(0, rows * k).map((i) => (last ? wanted[Math.floor(i / k)]![i % k]! : wanted[i % rows]![Math.floor(i / rows)]!)));
          expect([...toNumbers(found.get('y')!)]).to.deep.equal(at.map((place, i) => values[(last ? Math.floor(i / outer) : i % inner) * columns + place]!));
        }
      });
  it('places of none: TopK', () => {
    const graph = unwrap(onnx.import(writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', 9]]), graph: {
      name: 'g', inputs: [{ name: 'x', elementType: 1, shape: [2, 3] }], outputs: [{ name: 'y', elementType: 1, shape: null }, { name: 'at', elementType: 7, shape: null }], initializers: [],
      nodes: [{ name: 'n', operator: 'TopK', domain: '', inputs: ['x'], outputs: ['y', 'at'], attributes: new Map(Object.entries({ k: int(0) })) }],
    } }), { name: 'm', shapes: {} }));
    expect(graph.outputs.map((name) => graph.tensors.get(name)).map((tensor) => [tensor!.dtype, tensor!.shape])).to.deep.equal([['f32', [2, 0]], ['i64', [2, 0]]]);
  });
  it('few elements one after the other, many by all pairs or by those not below a threshold, and one as an extremum: TopK', () => {
    const rankings = (columns: number, k: number, operator: string): number => {
      const graph = unwrap(onnx.import(writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', 18]]), graph: {
        name: 'g', inputs: [{ name: 'x', elementType: 1, shape: [columns] }], outputs: [{ name: 'y', elementType: 1, shape: null }], initializers: [{ ...fromNumbers('i64', [1], [k]), name: 'k' }],
        nodes: [{ name: 'n', operator: 'TopK', domain: '', inputs: ['x', 'k'], outputs: ['y'], attributes: new Map() }],
      } }), { name: 'm', shapes: {} }));
      return graph.nodes.filter((node) => node.operator === operator).length;
    };
    const all = (columns: number, k: number): readonly number[] => (['topInTurn', 'reached', 'topPlaces'] as const).map((operator) => rankings(columns, k, operator));
    expect([all(90, 90), all(80, 1), all(80, 2), all(8400, 300), all(1_000_000, 5)]).to.deep.equal([[0, 0, 1], [0, 0, 0], [1, 0, 0], [0, 11, 1], [1, 0, 0]]);
  });
});
