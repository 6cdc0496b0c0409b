/** What a model must say before anything is translated: its shapes, its operators, its tensors. Every refusal with its whole message. */
import { expect } from 'chai';
import { printGraph, type TensorData } from '@loopsmith/ir';
import { writeModel, type OnnxAttribute, type OnnxNode, type OnnxTensor, type OnnxValue } from '@loopsmith/onnx-file';
import type { ImportOptions, OpenModel } from '@loopsmith/contracts';
import { unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

interface Model { readonly inputs?: readonly OnnxValue[]; readonly outputs?: readonly string[]; readonly nodes: readonly OnnxNode[]; readonly initializers?: readonly OnnxTensor[]; readonly opset?: number }
const bytesOf = ({ inputs = [tensor('x', [1, 4])], outputs = ['y'], nodes, initializers = [], opset = 13 }: Model): Uint8Array =>
  writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', opset]]), graph: { name: 'g', inputs, outputs: outputs.map((name) => tensor(name, [])), initializers, nodes } });
const tensor = (name: string, shape: OnnxValue['shape'], elementType = 1): OnnxValue => ({ name, elementType, shape });
const node = (operator: string, inputs: readonly string[], outputs: readonly string[] = ['y'], attributes: Readonly<Record<string, OnnxAttribute>> = {}, more: Partial<OnnxNode> = {}): OnnxNode =>
  ({ name: `my${operator}`, operator, domain: '', inputs, outputs, attributes: new Map(Object.entries(attributes)), ...more });
const int64 = (...values: readonly number[]): TensorData => ({ dtype: 'i64', shape: [values.length], values: BigInt64Array.from(values, BigInt) });

const read = (model: Model, options: Partial<ImportOptions> = {}) => onnx.import(bytesOf(model), { name: 'm', shapes: {}, ...options });
const messageOf = (model: Model, options: Partial<ImportOptions> = {}): string => {
  const outcome = read(model, options);
  return outcome.ok ? 'imported' : outcome.failure.message;
};
const text = (model: Model, options: Partial<ImportOptions> = {}): string => printGraph(unwrap(read(model, options)));

describe('importing ONNX', () => {
  describe('shapes of inputs', () => {
    const open: Model = { inputs: [tensor('x', ['N', 3, null])], nodes: [node('Relu', ['x'])] };
    const two: Model = { inputs: [tensor('a', ['N']), tensor('b', ['N'])], nodes: [node('Add', ['a', 'b'])] };
    it('binds open dimensions', () => expect(unwrap(read(open, { shapes: { x: [2, 3, 5] } })).tensors.get('y')!.shape).to.deep.equal([2, 3, 5]));
    it('gives a symbol one size in all inputs', () => expect(unwrap(read(two, { shapes: { b: [7] } })).tensors.get('a')!.shape).to.deep.equal([7]));

    const refusals: readonly (readonly [string, Model, ImportOptions['shapes'], string])[] = [
      ['a missing binding', open, {}, 'input x has an open dimension N (axis 0) in its shape [N,3,?]; give it a size with --shape x=1,3,SIZE, with a number for each SIZE'],
      ['missing bindings of several inputs, all at once', { inputs: [tensor('a', [2]), tensor('b', ['N']), tensor('c', [1, null])], nodes: [node('Sum', ['a', 'b', 'c'])] }, {}, 'input b has an open dimension N (axis 0) in its shape [N]; give it a size with --shape b=1 --shape c=1,SIZE, with a number for each SIZE'],
      ['a typing error in an input', { inputs: [tensor('data', ['N'])], nodes: [node('Relu', ['data'])] }, { dta: [1] }, '--shape names the input dta (did you mean data?), which the model does not have; its inputs are data'],
      ['a fixed dimension changed', open, { x: [2, 4, 5] }, '--shape x=2,4,5 does not fit the input x of shape [N,3,?]: only open dimensions can be given, and their number is fixed'],
      ['another rank', open, { x: [2, 3] }, '--shape x=2,3 does not fit the input x of shape [N,3,?]: only open dimensions can be given, and their number is fixed'],
      ['an unknown input', open, { data: [1] }, '--shape names the input data, which the model does not have; its inputs are x'],
      ['two sizes of one symbol', two, { a: [1], b: [2] }, '--shape gives the dimension N the sizes 1 and 2; the model uses one symbol, so it must be one size'],
      ['no shape at all', { inputs: [tensor('x', null)], nodes: [node('Relu', ['x'])] }, {}, 'input x has no shape in the model; give one with --shape x=..., its sizes separated by commas'],
      ['a sequence', { inputs: [tensor('x', null, 0)], nodes: [node('Relu', ['x'])] }, { x: [1] }, 'input x is no tensor; tensors of numbers or bool were expected'],
      ['strings', { inputs: [tensor('x', [1], 8)], nodes: [node('Relu', ['x'])] }, {}, 'input x is a tensor of string; tensors of numbers or bool were expected'],
    ];
    it('tells who looks at it what the model says without them, and refuses it all the same', () => {
      const told: OpenModel[] = [], two: Model = { inputs: [tensor('a', ['N', 3]), tensor('b', ['N', null], 7)], nodes: [node('Add', ['a', 'b']), node('Relu', ['y'], ['z'])] };
      const onOpenShapes = (model: OpenModel): void => { told.push(model); };
      expect(messageOf(two, { shapes: { a: [4, 3] }, onOpenShapes })).to.match(/^input b has an open dimension \? \(axis 1\) in its shape \[4,\?\]; give it a size with --shape b=4,SIZE,/);
      expect(told).to.deep.equal([{ inputs: [{ name: 'a', dtype: 'f32', shape: [4, 3] }, { name: 'b', dtype: 'i64', shape: [4, null] }], operators: [{ operator: 'Add', nodes: 1 }, { operator: 'Relu', nodes: 1 }] }]);
    });
    for (const [name, model, shapes, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(model, { shapes })).to.equal(message));
  });

  describe('values of inputs', () => {
    const reshape: Model = { inputs: [tensor('x', [2, 6]), tensor('shape', [2], 7)], nodes: [node('Reshape', ['x', 'shape'])] };
    it('takes a shape that is given', () => {
      const graph = unwrap(read(reshape, { values: { shape: int64(3, -1) } }));
      expect([graph.inputs, graph.tensors.get('y')!.shape]).to.deep.equal([['x'], [3, 4]]);
    });
    it('refuses a shape that is not', () => expect(messageOf(reshape)).to.equal('Reshape "myReshape" takes its shape from tensor shape, whose value is only known at run time; Loopsmith needs it at import: export the model with fixed shapes, give the inputs it comes from a value (--value), or cut the model before it (--outputs)'));
    it('refuses values of unknown inputs and of another type', () => {
      expect(messageOf(reshape, { values: { size: int64(1) } })).to.equal('a value was given for the input size, which the model does not have; its inputs are x, shape');
      expect(messageOf(reshape, { values: { shape: { ...int64(1), dtype: 'i32', values: Int32Array.of(1) } } })).to.equal('the value given for the input shape is i32; the model declares i64');
    });
  });

  describe('operators', () => {
    it('names every unknown one at once, with its domain', () => {
      const nodes = [...['a', 'b', 'c', 'd'].map((name) => node('Crop', ['x'], [name], {}, { name })), node('FusedConv', ['x'], ['e'], {}, { domain: 'com.microsoft' }), node('Relu', ['x'])];
      expect(messageOf({ nodes })).to.equal('the model uses 2 operators that Loopsmith does not import: Crop (nodes a, b, c and 1 more), com.microsoft.FusedConv (node myFusedConv); export the model without them');
      expect(messageOf({ nodes: [node('Crop', ['x'])] })).to.equal('the model uses an operator that Loopsmith does not import: Crop (node myCrop); export the model without it');
      expect(messageOf({ nodes: [node('NonMaxSuppression', ['x'])] })).to.equal('the model uses an operator that Loopsmith does not import: NonMaxSuppression (node myNonMaxSuppression); export the model without it, or cut it in front of NonMaxSuppression with --outputs: how many results there are is only known at run time');
    });

    const refusals: readonly (readonly [string, Model, string])[] = [
      ['a tensor that nothing defines', { nodes: [node('Relu', ['z'])] }, 'Relu "myRelu" reads tensor z, which no input, initializer or earlier node defines'],
      ['nodes out of order', { nodes: [node('Relu', ['t']), node('Relu', ['x'], ['t'])] }, 'Relu "myRelu" reads tensor t, which no input, initializer or earlier node defines'],
      ['a missing input', { nodes: [node('Relu', [])] }, 'Relu "myRelu" has no input X (position 0)'],
      ['a name defined twice', { nodes: [node('Relu', ['x']), node('Relu', ['x'])] }, 'Relu "myRelu" defines tensor y a second time; names of tensors are unique in a model'],
      ['a passed-on name defined twice', { nodes: [node('Relu', ['x']), node('Identity', ['x'], ['t']), node('Identity', ['x'], ['t'])] }, 'Identity "myIdentity" defines tensor t a second time; names of tensors are unique in a model'],
      ['an output that nothing computes', { nodes: [node('Relu', ['x'], ['t'])] }, "the model's output y is computed by no node; export it again"],
      ['an output that is not computed', { outputs: ['y', 'mask'], nodes: [node('Dropout', ['x'], ['y', 'mask'])] }, 'Dropout "myDropout" has an output mask (position 1) that the model uses; Loopsmith does not compute it'],
      ['a missing attribute', { nodes: [node('MaxPool', ['x'])] }, 'MaxPool "myMaxPool" has no attribute kernel_shape; ONNX asks for integers'],
      ['an attribute of another kind', { nodes: [node('Softmax', ['x'], ['y'], { axis: { kind: 'string', value: 'c' } })] }, 'Softmax "mySoftmax" has an attribute axis of kind string; ONNX asks for an integer'],
      [
        'an image without pixels', { inputs: [tensor('x', [1, 2, 0, 4])], initializers: [{ name: 'sizes', ...int64(1, 2, 8, 8) }], nodes: [node('Resize', ['x', '', '', 'sizes'], ['y'], { mode: { kind: 'string', value: 'linear' } })] },
        'Resize "myResize" resizes [1,2,0,4], which has no elements, to [1,2,8,8]; give the model an input that has some',
      ],
      ['shapes that do not fit, in words of the definition', { initializers: [{ name: 'w', dtype: 'f32', shape: [3], values: new Float32Array(3) }], nodes: [node('Add', ['x', 'w'])] }, 'add "myAdd" cannot broadcast [1,4] with [3]: axis 1 differs; an extent must be equal or 1'],
    ];
    for (const [name, model, message] of refusals) it(`refuses ${name}`, () => expect(messageOf(model)).to.equal(message));
  });

  it('lets Identity and Dropout vanish, except where the output must keep its name', () => {
    expect(text({ nodes: [node('Identity', ['x'], ['a']), node('Relu', ['a'], ['b']), node('Dropout', ['b'], ['c', 'mask']), node('Identity', ['c'])] }))
      .to.equal(text({ nodes: [node('Relu', ['x'], ['b']), node('Identity', ['b'])] }));
  });

  it('takes initializers that are also inputs as constants, half floats as f32', () => {
    const graph = unwrap(read({ inputs: [tensor('x', [1, 4], 10), tensor('w', [4], 10)], initializers: [{ name: 'w', dtype: 'f16', shape: [4], values: Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x7bff) }], nodes: [node('Mul', ['x', 'w'])] }));
    expect([graph.inputs, graph.tensors.get('x')!.dtype, graph.tensors.get('y')!.dtype]).to.deep.equal([['x'], 'f32', 'f32']);
    expect([...graph.tensors.get('w')!.data!.values]).to.deep.equal([1, -2, 2 ** -24, 65504]);
  });

  it('makes up no name that the model gives later', () => {
    const graph = unwrap(read({ nodes: [node('ReduceL2', ['x'], ['a'], { axes: { kind: 'ints', value: [1n] } }), node('Relu', ['x'], ['a/multiply']), node('Add', ['a', 'a/multiply'])] }));
    expect(graph.nodes.map(({ operator, outputs }) => [operator, ...outputs])).to.deep.equal([['multiply', 'a/multiply2'], ['reduceSum', 'a/reduceSum'], ['sqrt', 'a'], ['relu', 'a/multiply'], ['add', 'y']]);
  });

  it('folds the arithmetic of shapes away', () => {
    const one = (name: string, ...values: readonly number[]): OnnxTensor => ({ name, ...int64(...values), dtype: 'i64' });
    const graph = unwrap(read({
      inputs: [tensor('x', [2, 3, 4])], initializers: [one('zero', 0), one('rest', -1)],
      nodes: [
        node('Shape', ['x'], ['s']), node('Gather', ['s', 'zero'], ['n']), node('Concat', ['n', 'rest'], ['target'], { axis: { kind: 'int', value: 0n } }), node('Reshape', ['x', 'target']),
      ],
    }));
    expect(graph.nodes.map(({ operator, attributes, inputs }) => [operator, attributes, inputs])).to.deep.equal([['reshape', { shape: [2, 12] }, ['x']]]);
    expect([...graph.tensors.keys()]).to.deep.equal(['x', 'y']);
  });

  it('passes on what the file reader refuses', () => {
    const outcome = onnx.import(new Uint8Array(0), { name: 'm', shapes: {} });
    expect(outcome.ok ? '' : outcome.failure.message).to.equal('the model is empty (0 bytes); download or export it again');
  });
});
