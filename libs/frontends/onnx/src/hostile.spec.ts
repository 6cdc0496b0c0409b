/** Files that were written to break an importer: each is refused by a sentence, or imported, and quickly. Damage by chance is in kit.spec.ts, of external data and tensors in formats/onnx-file. */
import { expect } from 'chai';
import { fromNumbers } from '@loopsmith/ir';
import { writeModel, type OnnxAttribute, type OnnxFunction, type OnnxGraph, type OnnxNode, type OnnxTensor, type OnnxValue } from '@loopsmith/onnx-file';
import { onnx } from './index.js';

const value = (name: string, shape: OnnxValue['shape'] = [1, 4], elementType = 1): OnnxValue => ({ name, elementType, shape });
const node = (operator: string, inputs: readonly string[], output = 'y', attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxNode =>
  ({ name: 'n', operator, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });
const graph = (nodes: readonly OnnxNode[], more: Partial<OnnxGraph> = {}): OnnxGraph => ({ name: 'g', inputs: [value('x')], outputs: [value('y')], initializers: [], nodes, ...more });
const file = (of: OnnxGraph, opset = 21): Uint8Array => writeModel({ irVersion: 10, producer: 'spec', opsets: new Map([['', opset]]), graph: of });

const int = (i: number | bigint): OnnxAttribute => ({ kind: 'int', value: BigInt(i) });
const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
const float = (f: number): OnnxAttribute => ({ kind: 'float', value: f });
const body = (of: OnnxGraph): OnnxAttribute => ({ kind: 'graph', value: of });
const i64 = (name: string, ...values: readonly number[]): OnnxTensor => ({ ...fromNumbers('i64', [values.length], values), name });
const scalar = (name: string, i: bigint): OnnxTensor => ({ name, dtype: 'i64', shape: [], values: BigInt64Array.of(i) });
const f32 = (name: string, shape: readonly number[]): OnnxTensor => ({ ...fromNumbers('f32', shape, new Float32Array(shape.reduce((a, b) => a * b, 1))), name });
const image = [value('x', [1, 2, 4, 4])];

/** A body that hands its condition and one state on, through `nodes`. */
const loopBody = (nodes: readonly OnnxNode[], condition = 'c'): OnnxGraph => ({ name: 'b', inputs: [value('i', [], 7), value('c', [], 9), value('s')], outputs: [value(condition, [], 9), value('t')], initializers: [], nodes });
const endless = node('Loop', ['m', '', 'x'], 'y', { body: body(loopBody([node('Relu', ['s'], 't')])) });
const nested = (depth: number): OnnxNode => node('Loop', ['m', '', depth === 0 ? 'x' : 's'], depth === 0 ? 'y' : 't', { body: body(loopBody([depth === 3 ? node('Relu', ['s'], 't') : nested(depth + 1)])) });

const cases: readonly (readonly [what: string, bytes: () => Uint8Array, answer: string])[] = [
  ['operator set 0', () => file(graph([node('Relu', ['x'])]), 0), 'the model asks for operator set 0; Loopsmith knows 1 to 27: export it for one of those'],
  ['an operator set of the far future', () => file(graph([node('Relu', ['x'])]), 1e9), 'the model asks for operator set 1000000000; Loopsmith knows 1 to 27: export it for one of those'],
  ['a node that reads itself', () => file(graph([node('Add', ['x', 'y'])])), 'Add "n" reads tensor y, which no input, initializer or earlier node defines'],
  ['a circle of two nodes', () => file(graph([node('Add', ['x', 'b'], 'a'), node('Relu', ['a'], 'b'), node('Relu', ['b'])])), 'Add "n" reads tensor b, which no input, initializer or earlier node defines'],
  ['a loop of 2^63 - 1 turns', () => file(graph([endless], { initializers: [scalar('m', 2n ** 63n - 1n)] })), 'Loop "n" writes out more than 10000 nodes, together with what the model\'s other loops, branches and functions hold; let it run fewer times, or split the model'],
  ['a loop without an end', () => file(graph([node('Loop', ['', '', 'x'], 'y', { body: body(loopBody([node('Relu', ['s'], 't')])) })])), 'Loop "n" writes out more than 10000 nodes, together with what the model\'s other loops, branches and functions hold; let it run fewer times, or split the model'],
  ['loops in loops, 10,000 turns each', () => file(graph([nested(0)], { initializers: [scalar('m', 10_000n)] })), 'Loop "y/0/t/0/t/0/n" writes out more than 10000 nodes, together with what the model\'s other loops, branches and functions hold; let it run fewer times, or split the model'],
  ['a loop that no turn knows the end of', () => file(graph([node('Loop', ['m', '', 'x'], 'y', { body: body(loopBody([node('Relu', ['s'], 't'), node('Greater', ['s', 's'], 'd')], 'd')) })], { initializers: [scalar('m', 3n)] })), 'Loop "n" takes its condition from tensor y/0/d, whose value is only known at run time; Loopsmith needs it at import: export the model with fixed shapes, give the inputs it comes from a value (--value), or cut the model before it (--outputs)'],
  ['a branch that reads what nobody makes', () => file(graph([node('If', ['c'], 'y', { then_branch: body(graph([node('Relu', ['ghost'], 't')], { inputs: [], outputs: [value('t')] })), else_branch: body(graph([], { inputs: [], outputs: [value('x')] })) })], { initializers: [{ ...fromNumbers('bool', [], [1]), name: 'c' }] })), 'Relu "y/n" reads tensor ghost, which no input, initializer or earlier node defines'],
  ['a condition without branches', () => file(graph([node('If', ['c'])], { initializers: [{ ...fromNumbers('bool', [], [1]), name: 'c' }] })), 'If "n" has no graph then_branch; export the model again'],
  ['branches of two shapes, chosen at run time', () => file(graph([node('If', ['c'], 'y', { then_branch: body(graph([node('Flatten', ['x'], 't')], { inputs: [], outputs: [value('t')] })), else_branch: body(graph([node('Transpose', ['x'], 'u')], { inputs: [], outputs: [value('u')] })) })], { inputs: [value('x'), value('c', [1], 9)] })), 'If "n" chooses at run time between f32[1,4] and f32[4,1]; Loopsmith needs one type and shape, or a condition that is known at import'],
  ['a scan of sequences of two lengths', () => file(graph([node('Scan', ['x', 'w'], 'y', { num_scan_inputs: int(2), body: body({ name: 'b', inputs: [value('a'), value('b')], outputs: [value('t')], initializers: [], nodes: [node('Add', ['a', 'b'], 't')] }) })], { initializers: [f32('w', [3, 4])] })), 'Scan "n" goes along sequences of [1,3] elements; as many of each, and at least one, were expected'],
  ['a recurrence of a million steps', () => file(graph([node('RNN', ['x', 'w', 'r'], 'y', { hidden_size: int(1) })], { inputs: [value('x', [1_000_000, 1, 1])], initializers: [f32('w', [1, 1, 1]), f32('r', [1, 1, 1])] })), 'RNN "n" runs 1000000 steps; Loopsmith writes out at most 2048: shorten the sequence, or cut it into several runs that hand on their states'],
  ['a recurrence whose weights fit no state', () => file(graph([node('LSTM', ['x', 'w', 'r'])], { inputs: [value('x', [2, 1, 3])], initializers: [f32('w', [1, 8, 3]), f32('r', [1, 8, 5])] })), 'LSTM "n" reads X of shape [2,1,3], W of [1,8,3] and R of [1,8,5]; expected [steps,n,c], [1,4h,c] and [1,4h,h]'],
  ['heads that divide nothing', () => file(graph([node('Attention', ['x', 'x', 'x'], 'y', { q_num_heads: int(0), kv_num_heads: int(0) })], { inputs: [value('x', [1, 2, 4])] }), 23), 'Attention "n" reads Q of shape [1,2,4]; expected [b,heads,steps,width], or [b,steps,hidden] with a hidden width that 0 heads divide'],
  ['a stride of 0', () => file(graph([node('MaxPool', ['x'], 'y', { kernel_shape: ints(1, 1), strides: ints(0, 1) })], { inputs: image })), 'maxPool "n" has strides [0,1]; expected 2 integers of at least 1'],
  ['a window of 0', () => file(graph([node('MaxPool', ['x'], 'y', { kernel_shape: ints(0, 0) })], { inputs: image })), 'maxPool "n" has a window [0,0] for 2 spatial axes'],
  ['groups that divide no channels', () => file(graph([node('Conv', ['x', 'w'], 'y', { group: int(3) })], { inputs: image, initializers: [f32('w', [3, 1, 1, 1])] })), 'conv2d "n" has 3 groups, which do not divide 2 input channels and 3 output channels'],
  ['0 groups', () => file(graph([node('Conv', ['x', 'w'], 'y', { group: int(0) })], { inputs: image, initializers: [f32('w', [3, 2, 1, 1])] })), 'conv2d "n" has 0 groups, which do not divide 2 input channels and 3 output channels'],
  ['pads far larger than any machine', () => file(graph([node('Conv', ['x', 'w'], 'y', { pads: ints(1e9, 1e9, 1e9, 1e9) })], { inputs: image, initializers: [f32('w', [1, 2, 1, 1])] })), 'Conv "n" makes a tensor of shape [1,1,2000000004,2000000004]; at most 4294967296 elements are computed'],
  ['an input of 2^62 elements', () => file(graph([node('Relu', ['x'])], { inputs: [value('x', [2 ** 31, 2 ** 31])] })), 'input x has the shape [2147483648,2147483648]; at most 4294967296 elements are taken'],
  ['a scatter of a million updates to a million places', () => file(graph([node('ScatterElements', ['x', 'i', 'x'])], { inputs: [value('x', [1_000_000]), value('i', [1_000_000], 7)] })), 'ScatterElements "n" asks for the shape [1,1000000,1000000,1] of 1000000000000 elements; at most 33554432 are made'],
  ['the largest of a million elements in order', () => file(graph([node('TopK', ['x', 'k'])], { inputs: [value('x', [1_000_000])], initializers: [i64('k', 1_000_000)] })), 'TopK "n" ranks 1000000 of 1000000 elements in 1 rows by 2000000000000 comparisons; at most 268435456 are made: take fewer elements, or of shorter rows'],
  ['the place of the largest of 40 million', () => file(graph([node('ArgMax', ['x'], 'y', { axis: int(1) })], { inputs: [value('x', [1, 40_000_000])] })), 'ArgMax "n" asks for the shape [40000000] of 40000000 elements; at most 33554432 are made'],
  ['a triangle of 100 million', () => file(graph([node('Trilu', ['x'])], { inputs: [value('x', [10_000, 10_000])] })), 'Trilu "n" asks for the shape [10000,10000] of 100000000 elements; at most 33554432 are made'],
  ['a diagonal of 100 million', () => file(graph([node('EyeLike', ['x'])], { inputs: [value('x', [10_000, 10_000])] })), 'EyeLike "n" asks for the shape [10000,10000] of 100000000 elements; at most 33554432 are made'],
  ['a causal mask of 100 million', () => file(graph([node('Attention', ['x', 'x', 'x'], 'y', { is_causal: int(1) })], { inputs: [value('x', [1, 1, 10_000, 1])] }), 23), 'Attention "n" asks for the shape [10000,10000] of 100000000 elements; at most 33554432 are made'],
  ['a running sum of a million', () => file(graph([node('CumSum', ['x', 'axis'])], { inputs: [value('x', [1_000_000])], initializers: [scalar('axis', 0n)] })), 'imported'],
  ['a grid of a billion places', () => file(graph([node('AffineGrid', ['x', 'size'])], { inputs: [value('x', [1, 2, 3])], initializers: [i64('size', 1, 1, 30_000, 30_000)] })), 'AffineGrid "n" asks for the shape [30000,30000] of 900000000 elements; at most 268435456 are made'],
  ['a pool that is taken back to less than nothing', () => file(graph([node('MaxUnpool', ['x', 'i'], 'y', { kernel_shape: ints(1), pads: ints(2, 1) })], { inputs: [value('x', [1, 1, 2]), value('i', [1, 1, 2], 7)] })), 'MaxUnpool "n" asks for the shape [1,1,-1]; extents are whole numbers from 0'],
  ['a pool that is taken back to 2^40 places', () => file(graph([node('MaxUnpool', ['x', 'i'], 'y', { kernel_shape: ints(1), strides: ints(2 ** 40) })], { inputs: [value('x', [1, 1, 2]), value('i', [1, 1, 2], 7)] })), 'MaxUnpool "n" asks for the shape [1,1,1099511627777] of 1099511627777 elements; at most 268435456 are made'],
  ['a recurrence of a billion states', () => file(graph([node('RNN', ['x', 'w', 'r'])], { inputs: [value('x', [1, 2 ** 29, 1])], initializers: [f32('w', [1, 1, 1]), f32('r', [1, 1, 1])] })), 'RNN "n" asks for the shape [536870912,1] of 536870912 elements; at most 268435456 are made'],
  ['a cache of a billion elements', () => file(graph([node('TensorScatter', ['x', 'u'])], { inputs: [value('x', [2 ** 29, 1, 1]), value('u', [2 ** 29, 1, 1])] }), 24), 'TensorScatter "n" asks for the shape [536870912,1,1] of 536870912 elements; at most 268435456 are made'],
  ['a convolution of a million groups of offsets', () => file(graph([node('DeformConv', ['x', 'w', 'o'], 'y', { offset_group: int(1_000_000) })], { inputs: [value('x', [1, 1_000_000, 1, 1]), value('o', [1, 2_000_000, 1, 1])], initializers: [f32('w', [1, 1, 1, 1])] }), 22), 'DeformConv "n" has 1000000 groups of offsets; Loopsmith writes out at most 256'],
  ['an image of 30 million pixels in one', () => file(graph([node('Resize', ['x', '', '', 'sizes'], 'y', { mode: { kind: 'string', value: 'linear' }, antialias: int(1) })], { inputs: [value('x', [1, 30_000_000])], initializers: [i64('sizes', 1, 1)] })), 'imported'],
  ['the five largest of four', () => file(graph([node('TopK', ['x', 'k'])], { initializers: [i64('k', 5)] })), 'TopK "n" takes 5 of 4 elements; from 0 to 4 were expected'],
  ['a quantisation along an axis that is not there', () => file(graph([node('QuantizeLinear', ['x', 's'], 'y', { axis: int(7) })], { initializers: [f32('s', [4])] })), 'QuantizeLinear "n" has axis 7; its operand has 2 axes'],
  ['a quantisation to 32 bits', () => file(graph([node('QuantizeLinear', ['x', 's', 'z'])], { initializers: [f32('s', []), { ...fromNumbers('i32', [], [0]), name: 'z' }] })), 'QuantizeLinear "n" quantises to i32; Loopsmith quantises to integers of 8 and 16 bits'],
  ['escape sequences in a name', () => file(graph([node('Relu', ['\u001b[2J\u0007nothing'])])), 'Relu "n" reads tensor \\u001b[2J\\u0007nothing, which no input, initializer or earlier node defines'],
  ['names that objects have already', () => file(graph([node('Relu', ['__proto__'], 'constructor'), node('Neg', ['constructor'])], { inputs: [value('__proto__')] })), 'imported'],
  ['attributes that are no numbers', () => file(graph([node('LeakyRelu', ['x'], 'a', { alpha: float(NaN) }), node('Elu', ['a'], 'y', { alpha: float(-Infinity) })])), 'imported'],
  ['a concatenation of 100,000 parts', () => file(graph([node('Concat', Array.from({ length: 100_000 }, () => 'x'), 'y', { axis: int(0) })])), 'imported'],
  ['50,000 nodes', () => file(graph(Array.from({ length: 50_000 }, (_, i) => node('Relu', [i === 0 ? 'x' : `t${i}`], i === 49_999 ? 'y' : `t${i + 1}`)))), 'imported'],
  ['100,000 unknown operators', () => file(graph(Array.from({ length: 100_000 }, (_, i) => node('Mystery', ['x'], i === 0 ? 'y' : `t${i}`)))), 'the model uses an operator that Loopsmith does not import: Mystery (nodes n, n, n and 99997 more); export the model without it'],
  ['5,000 functions, each inside the one before', () => writeModel({ irVersion: 10, producer: 'spec', opsets: new Map([['', 21], ['f', 1]]), graph: graph([{ ...node('f0', ['x']), domain: 'f' }]), functions: Array.from({ length: 5000 }, (_, i): OnnxFunction => ({ domain: 'f', name: `f${i}`, inputs: ['a'], outputs: ['b'], defaults: new Map(), nodes: [i === 4999 ? node('Relu', ['a'], 'b') : { ...node(`f${i + 1}`, ['a'], 'b'), domain: 'f' }] })) }),
    `f200 "y${'/b'.repeat(199)}/n" stands inside more than 200 loops, branches and functions, one in the other; no real model does, so it is refused before it exhausts the stack`],
  ['a name of 16 MB', () => file(graph([node('Relu', ['x'], 'a'.repeat(2 ** 24)), node('Relu', ['a'.repeat(2 ** 24)])])), 'imported'],
];

describe('hostile ONNX files', function () {
  for (const [what, bytes, answer] of cases) {
    it(what, () => {
      const given = bytes(), began = process.cpuUsage(), outcome = onnx.import(given, { name: 'm', shapes: {} }), { user, system } = process.cpuUsage(began);
      expect(outcome.ok ? 'imported' : outcome.failure.message).to.equal(answer);
      // no hang: all take less than 1.5 s on a quiet machine, but other tests share the cores here, and a timed test would fail for their sake
      expect((user + system) / 1e6, 'seconds of this process').to.be.below(20);
    });
  }
  it('a node of 200,000 inputs, cut at its output', () => {
    const outcome = onnx.import(file(graph([node('Sum', Array.from({ length: 200_000 }, () => 'x'))])), { name: 'm', shapes: {}, outputs: ['y'] });
    expect(outcome.ok ? outcome.value.outputs : outcome.failure.message).to.deep.equal(['y']);
  });
  it('20,000 nodes from the last to the first behind an unknown one, looked at', () => {
    const behind = Array.from({ length: 20_000 }, (_, i) => node('Relu', [`t${i + 1}`], i === 0 ? 'y' : `t${i}`)), told: string[] = [];
    const began = process.cpuUsage(), outcome = onnx.import(file(graph([...behind, node('Mystery', ['x'], 't20000'), node('Neg', ['x'], 'z')])), { name: 'm', shapes: {}, onUnsupported: (_, { message }) => told.push(message) }), { user, system } = process.cpuUsage(began);
    expect(outcome.ok ? outcome.value.nodes.map(({ operator }) => operator) : outcome.failure.message).to.deep.equal(['negate']);
    expect(told.length).to.equal(1);
    expect((user + system) / 1e6, 'seconds of this process').to.be.below(20);
  });
});
