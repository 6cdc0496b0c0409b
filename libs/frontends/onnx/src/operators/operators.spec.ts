/** What single operators refuse, each with its whole message. What they compute is checked against ONNX's own cases in test/conformance. */
import { expect } from 'chai';
import { writeModel, type OnnxAttribute, type OnnxTensor, type OnnxValue } from '@loopsmith/onnx-file';
import { onnx } from '../onnx.js';

type Attributes = Readonly<Record<string, number | string | readonly number[] | OnnxAttribute>>;
/** Whole numbers are integers, others floats. */
const attributeOf = (value: Attributes[string]): OnnxAttribute => {
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'number') return Number.isInteger(value) ? { kind: 'int', value: BigInt(value) } : { kind: 'float', value };
  return 'kind' in value ? value : { kind: 'ints', value: value.map(BigInt) };
};
const float = (value: number): OnnxAttribute => ({ kind: 'float', value });

/** One node named `n` over run-time inputs x0, x1 given as shapes, and constants given as tensors. */
const messageOf = (operator: string, operands: readonly (readonly number[] | OnnxTensor)[], attributes: Attributes = {}, opset = 18): string => {
  const inputs: OnnxValue[] = [], initializers: OnnxTensor[] = [];
  operands.forEach((operand, i) => {
    if ('dtype' in operand) initializers.push({ ...operand, name: `x${i}` });
    else inputs.push({ name: `x${i}`, elementType: 1, shape: operand });
  });
  const node = { name: 'n', operator, domain: '', inputs: operands.map((_, i) => `x${i}`), outputs: ['y'], attributes: new Map(Object.entries(attributes).map(([name, value]) => [name, attributeOf(value)])) };
  const bytes = writeModel({ irVersion: 8, producer: 'spec', opsets: new Map([['', opset]]), graph: { name: 'g', inputs, outputs: [{ name: 'y', elementType: 1, shape: null }], initializers, nodes: [node] } });
  const outcome = onnx.import(bytes, { name: 'm', shapes: {} });
  return outcome.ok ? 'imported' : outcome.failure.message;
};
const int64 = (...values: readonly number[]): OnnxTensor => ({ name: '', dtype: 'i64', shape: [values.length], values: BigInt64Array.from(values, BigInt) });
const f32 = (...values: readonly number[]): OnnxTensor => ({ name: '', dtype: 'f32', shape: [values.length], values: Float32Array.from(values) });
const image = [1, 2, 4, 4];

const cases: readonly (readonly [string, readonly (readonly number[] | OnnxTensor)[], Attributes, string, number?])[] = [
  ['Conv', [[1, 2, 4, 4], [3, 2, 3, 3]], { auto_pad: 'SAME' }, 'has auto_pad SAME; ONNX knows NOTSET, SAME_UPPER, SAME_LOWER and VALID'],
  ['Conv', [[1, 2], [3, 2]], {}, 'reads X of shape [1,2]; Loopsmith convolves over one to three axes behind [n,c]'],
  ['Conv', [image, [3, 2, 3, 3]], { kernel_shape: [5, 5] }, 'has kernel_shape [5,5] and weights of shape [3,2,3,3], which disagree'],
  ['ConvTranspose', [image, [2, 3, 3]], {}, 'reads X of shape [1,2,4,4] and W of shape [2,3,3]; Loopsmith convolves over one to three axes behind [n,c]'],
  ['BatchNormalization', [image, [2], [2], [2], [2]], { training_mode: 1 }, 'is in training mode; export the model for inference'],
  ['BatchNormalization', [image, [2], [2], [2], [2]], { spatial: 0 }, 'has spatial = 0 (statistics per activation), which ONNX dropped in opset 9; export the model again', 7],
  ['Clip', [image, f32()], {}, 'has an empty min'],
  ['TopK', [[3], int64(4)], {}, 'takes 4 of 3 elements; from 0 to 3 were expected'],
  ['TopK', [[3], int64(-1)], {}, 'takes -1 of 3 elements; from 0 to 3 were expected'],
  ['Sum', [], {}, 'has no inputs'],
  ['Reshape', [image, int64(5, -1)], {}, 'reshapes a tensor of shape [1,2,4,4] to [5,-1], which does not hold its 32 elements'],
  ['Reshape', [image, int64(-1, -1)], {}, 'reshapes a tensor of shape [1,2,4,4] to [-1,-1], which does not hold its 32 elements'],
  ['Reshape', [[4], int64(0, 0)], {}, 'copies extent 1 of a tensor of shape [4], which has none'],
  ['Squeeze', [image, int64(1)], {}, 'squeezes axis 1 of a tensor of shape [1,2,4,4]; only axes of extent 1 can go'],
  ['Unsqueeze', [image], {}, 'has no axes'],
  ['Unsqueeze', [image, int64(9)], {}, 'has axis 9; its operand has 5 axes'],
  ['Unsqueeze', [image, int64(0, 0)], {}, 'has the axes [0,0] for a result of 6 axes'],
  ['Gather', [image, int64(0)], { axis: 7 }, 'has axis 7; its operand has 4 axes'],
  ['Gather', [image, int64(4)], { axis: 3 }, 'takes element 4 of axis 3, which has 4; where sizes that --shape gives decide it, give smaller ones'],
  ['Split', [image, int64(1, 2)], { axis: 2 }, 'splits axis 2 of extent 4 into [1,2], which does not add up'],
  ['Tile', [image, int64(1)], {}, 'has 1 repeats for a tensor of 4 axes'],
  ['Split', [image, int64(-1, 5)], { axis: 2 }, 'splits axis 2 of extent 4 into [-1,5], which does not add up'],
  ['RNN', [[5, 1, 3], [1, 4, 3], [1, 4, 4]], { direction: 'sideways' }, 'has direction sideways; ONNX knows forward, reverse and bidirectional'],
  ['RNN', [[5, 1, 3], [1, 4, 3], [1, 4, 4]], { activations: { kind: 'strings', value: ['Affine'] } }, 'has the activation "Affine"; Loopsmith knows relu, tanh, sigmoid, softsign, softplus, leakyrelu, thresholdedrelu, elu, hardsigmoid'],
  ['LSTM', [[5, 1, 3], [1, 16, 3], [1, 16, 4]], { activations: { kind: 'strings', value: ['Tanh'] } }, 'has 1 activations; 3 a direction were expected'],
  ['Attention', [[1, 3, 2, 4], [1, 2, 2, 4], [1, 2, 2, 4]], {}, 'has 3 heads of Q for 2 of K and 2 of V; those of K and V must be as many and divide those of Q', 23],
  ['RotaryEmbedding', [[2, 2], [5, 1], [5, 1]], {}, 'reads X of shape [2,2]; expected [b,heads,steps,width] or [b,steps,hidden]', 23],
  ['GridSample', [[1, 1, 4, 4], [1, 2, 2, 2]], { mode: 'area' }, 'has mode area; Loopsmith samples linear, nearest and cubic'],
  ['GridSample', [[1, 1, 4, 4], [1, 2, 2, 2]], { padding_mode: 'reflection' }, 'has padding_mode reflection; Loopsmith samples with zeros or the border around an image'],
  ['GridSample', [[1, 1, 4, 4], [1, 2, 2, 3]], {}, 'reads X of shape [1,1,4,4] and grid of [1,2,2,3]; expected [n,c,space..] and [n,places..,2]'],
  ['DeformConv', [image, [1, 2, 2, 2], [1, 4, 3, 3]], {}, 'reads X of shape [1,2,4,4], W of [1,2,2,2] and offsets of [1,4,3,3]; expected images, and two offsets for each of 4 elements of the window in 1 groups', 19],
  ['Col2Im', [[1, 5, 4], int64(5, 5), int64(1, 5)], {}, 'reads columns of shape [1,5,4] for blocks of [1,5] at [5,1] places; expected [n,c*5,5]'],
  ['ScatterElements', [[3], int64(0, 1), [1]], {}, 'writes updates of shape [1] at indices of shape [2] into [3]; indices and updates of one shape were expected, no longer than data but along axis 0'],
  ['ScatterElements', [[3], int64(0), [1]], { reduction: 'mean' }, 'has reduction mean; ONNX knows none, add, mul, max and min'],
  ['GatherND', [[4, 4], { ...int64(0, 0, 0), shape: [1, 3] }], {}, 'has tuples of 3 indices for 2 axes'],
  ['GatherND', [[4, 4], { ...int64(0), shape: [] }], {}, 'has indices without axes; tuples along the last axis were expected'],
  ['QuantizeLinear', [[2, 3], f32(1, 1)], {}, 'has a scale or zero point of shape [2] for axis 1 of a tensor of shape [2,3]; one number, or one per element of that axis, was expected'],
  ['QuantizeLinear', [[2, 3], { ...f32(1), shape: [] }], { output_dtype: 17 }, 'quantises to float8e4m3fn; Loopsmith quantises to integers of 8 and 16 bits', 21],
  ['CumSum', [[6000], int64()], {}, 'has an empty axis'],
  ['Relu', [image], { slope: 1 }, 'has an attribute slope, which Loopsmith does not read of this operator; export the model without it'],
  ['Add', [image, [1]], { axis: 1 }, 'has an attribute axis, which Loopsmith does not read of this operator; export the model without it'],
  ['Dropout', [image, { ...f32(0.5), shape: [] }, { name: '', dtype: 'bool', shape: [], values: Uint8Array.of(1) }], {}, 'is in training mode; export the model for inference'],
  ['Split', [image], { num_outputs: 2 }, 'has num_outputs 2 and 1 outputs'],
  ['ConvTranspose', [image, [2, 3, 3, 3]], { kernel_shape: [5, 5] }, 'has kernel_shape [5,5] and weights of shape [2,3,3,3], which disagree'],
  ['Expand', [[3], int64(5)], {}, 'broadcasts [3] to [5]; extents that are equal, or 1, were expected'],
  ['DepthToSpace', [image], { blocksize: 2 }, 'makes blocks of 2 by 2 pixels, which do not divide 2 channels'],
  ['DepthToSpace', [image], { blocksize: 0 }, 'makes blocks of 0 by 0 pixels, which do not divide 2 channels'],
  ['SpaceToDepth', [image], { blocksize: 3 }, 'takes blocks of 3 by 3 pixels, which do not divide an image of 4x4'],
  ['SpaceToDepth', [[4, 4]], { blocksize: 2 }, 'reads a tensor of shape [4,4]; [n,c,h,w] was expected'],
  ['Concat', [], { axis: 0 }, 'has nothing to join'],
  ['Concat', [image], { axis: 4 }, 'has axis 4; its operand has 4 axes'],
  ['Reshape', [image, int64(-2, -16)], {}, 'reshapes a tensor of shape [1,2,4,4] to [-2,-16], which does not hold its 32 elements'],
  ['RMSNormalization', [image, [4]], { axis: -805306371 }, 'has axis -805306371; its operand has 4 axes'],
  ['Cast', [image], { to: 8 }, 'casts to string, which Loopsmith does not compute with'],
  ['Constant', [], { value_string: 'a' }, 'has no value that Loopsmith reads; a dense tensor or numbers were expected'],
  ['ConstantOfShape', [int64(-1)], {}, 'asks for the shape [-1]; extents are whole numbers from 0'],
  ['ConstantOfShape', [int64(1e6, 1e6)], {}, 'asks for the shape [1000000,1000000] of 1000000000000 elements; at most 268435456 are made'],
  ['Range', [int64(), int64(5), int64(1)], {}, 'has an empty start'],
  ['Range', [int64(0), int64(1e12), int64(1)], {}, 'asks for the shape [1000000000000] of 1000000000000 elements; at most 1048576 are made'],
  ['Tile', [image, int64(1, 1, 1e9, 1)], {}, 'asks for the shape [1,2,4000000000,4] of 32000000000 elements; at most 268435456 are made'],
  ['Expand', [[1, 4], int64(1e9, 4)], {}, 'asks for the shape [1000000000,1] of 1000000000 elements; at most 268435456 are made'],
  ['OneHot', [int64(0), int64(), f32(0, 1)], {}, 'has an empty depth'],
  ['EyeLike', [[2, 2]], { dtype: 14 }, 'makes elements of type complex64, which Loopsmith does not compute with'],
  ['Resize', [image, f32(), f32(1, 1, 1e9, 1)], {}, 'asks for the shape [1,2,4000000000,4] of 32000000000 elements; at most 268435456 are made'],
  ['Resize', [image], {}, 'has neither scales nor sizes for each of its axes'],
  ['Resize', [image, f32(), f32(), int64(4)], { axes: [9] }, 'has axis 9; its operand has 4 axes'],
  ['Resize', [image, f32(), f32(), int64(1, 2, 4, 4, 4)], {}, 'has 5 sizes for 4 axes'],
  ['Resize', [image, f32(0, 0, 0, 0, 1, 1, 1, 1, 1), f32(1, 1, 2, 2)], {}, 'has 9 values of roi for 4 axes'],
  ['BitShift', [int64(1), int64(1)], { direction: 'UP' }, 'has direction UP; ONNX knows LEFT and RIGHT', 11],
  ['DepthToSpace', [[1, 4, 1, 1]], { blocksize: 2, mode: 'RCD' }, 'has mode RCD; ONNX knows DCR and CRD'],
  ['TensorScatter', [[1, 2, 2], [1, 1, 2]], { mode: 'round' }, 'has mode round; ONNX knows linear and circular', 24],
  ['LpNormalization', [[2, 3]], { p: 3 }, 'has p 3; ONNX knows 1 and 2'],
  ['Pad', [[2, 3], int64(1), f32(0), int64(0)], {}, 'has 1 pads for 1 axes; two per axis were expected'],
  ['ArgMax', [[2, 0]], { axis: 1 }, 'looks for a place along axis 1 of a tensor of shape [2,0], which has none'],
  ['Resize', [image, f32(), f32(1, 1, 2, 2)], { mode: 'area' }, 'has mode area, which Loopsmith does not know'],
  ['Resize', [image, f32(), f32(1, 1, 2, 2)], { nearest_mode: 'up' }, 'has nearest_mode up, which Loopsmith does not know'],
  ['Resize', [image, f32(), f32(1, 1, 2, 2)], { coordinate_transformation_mode: 'whole' }, 'has coordinate_transformation_mode whole, which Loopsmith does not know'],
  ['Resize', [image, f32(0, 0, 0, 0, 1, 1, 1, 1), f32(1, 1, 2, 2)], { coordinate_transformation_mode: 'tf_crop_and_resize', extrapolation_value: float(1) }, 'fills what lies outside with an extrapolation_value that is not 0'],
  ['Resize', [{ ...int64(1, 2), shape: [1, 1, 1, 2] }, f32(), f32(1, 1, 1, 2)], { mode: 'linear' }, 'interpolates between elements of type i64; cast them to float32 before'],
];

describe('ONNX operators refuse', () => {
  for (const [operator, operands, attributes, words, opset] of cases) it(`${operator} that ${words}`, () => expect(messageOf(operator, operands, attributes, opset)).to.equal(`${operator} "n" ${words}`));
});
