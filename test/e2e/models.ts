/** Small networks as ONNX files, made here so that a test says what it runs. Their weights are fixed numbers; nobody trained them. */
import { writeModel, writeTensor, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '@loopsmith/onnx-file';

const count = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1);

/** Numbers in [-1, 1] without a pattern that a wrong index could meet by chance. */
export const numbers = (shape: readonly number[], phase = 0): Float32Array => Float32Array.from({ length: count(shape) }, (_, i) => Math.sin(1.7 * i + 0.3 * i * i + phase));

const tensor = (name: string, shape: readonly number[], scale: number): OnnxTensor => ({ name, dtype: 'f32', shape, values: numbers(shape, name.length).map((value) => value * scale) });
const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
const node = (operator: string, inputs: readonly string[], output: string, attributes: Readonly<Record<string, OnnxAttribute>> = {}): OnnxNode =>
  ({ name: output, operator, domain: '', inputs, outputs: [output], attributes: new Map(Object.entries(attributes)) });

interface Described {
  readonly input: readonly (number | string)[];
  readonly weights?: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
  readonly output: readonly (number | string)[];
}
const model = ({ input, weights = [], nodes, output }: Described): Uint8Array => writeModel({
  irVersion: 8, producer: 'loopsmith-tests', opsets: new Map([['', 13]]),
  graph: {
    name: 'small', initializers: weights, nodes,
    inputs: [{ name: 'x', elementType: 1, shape: input }], outputs: [{ name: 'y', elementType: 1, shape: output }],
  },
});

export const inputShape = [1, 3, 10, 10] as const;
export const outputShape = [1, 8, 10, 10] as const;

/** Two 3x3 convolutions with a residual sum: a task that reads plain channels, one of blocked ones, and an end that is converted back. */
export const residualModel = (): Uint8Array => model({
  input: inputShape, output: outputShape,
  weights: [tensor('w1', [8, 3, 3, 3], 0.3), tensor('b1', [8], 0.5), tensor('w2', [8, 8, 3, 3], 0.2)],
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], 'a', { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
    node('Relu', ['a'], 'r'),
    node('Conv', ['r', 'w2'], 'c', { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
    node('Add', ['c', 'r'], 'd'),
    node('Relu', ['d'], 'y'),
  ],
});

/** `residualModel` by its formula, in double: what every library made of it must answer. */
export const residualAnswer = (x: Float32Array): Float32Array => {
  const r = firstLayer(x);
  const c = convolution(r, 8, tensor('w2', [8, 8, 3, 3], 0.2).values as Float32Array, new Float32Array(8));
  return Float32Array.from(c, (value, i) => Math.max(value + r[i]!, 0));
};

/** One 3x3 convolution, its mean per channel at the end: a task of blocked channels that compiles in a blink. */
export const pooledModel = (): Uint8Array => model({
  input: inputShape, output: [1, 8, 1, 1],
  weights: [tensor('w1', [8, 3, 3, 3], 0.3), tensor('b1', [8], 0.5)],
  nodes: [
    node('Conv', ['x', 'w1', 'b1'], 'a', { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
    node('Relu', ['a'], 'r'),
    node('GlobalAveragePool', ['r'], 'y'),
  ],
});
export const pooledAnswer = (x: Float32Array): Float32Array => {
  const [, channels, height, width] = outputShape, r = firstLayer(x);
  return Float32Array.from({ length: channels }, (_, k) => r.slice(k * height * width, (k + 1) * height * width).reduce((sum, value) => sum + value, 0) / (height * width));
};

const firstLayer = (x: Float32Array): Float64Array =>
  convolution(x, 3, tensor('w1', [8, 3, 3, 3], 0.3).values as Float32Array, tensor('b1', [8], 0.5).values as Float32Array).map((value) => Math.max(value, 0));

/** 3x3, stride 1, padding 1, 8 output channels, 10 x 10 points. */
const convolution = (x: ArrayLike<number>, channels: number, w: Float32Array, b: Float32Array): Float64Array => {
  const [, outputs, height, width] = outputShape, y = new Float64Array(count(outputShape));
  for (let k = 0; k < outputs; k++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let sum = b[k]!;
        for (let c = 0; c < channels; c++)
          for (let i = 0; i < 3; i++)
            for (let j = 0; j < 3; j++) {
              const above = row + i - 1, left = column + j - 1;
              if (above >= 0 && above < height && left >= 0 && left < width) sum += x[(c * height + above) * width + left]! * w[((k * channels + c) * 3 + i) * 3 + j]!;
            }
        y[(k * height + row) * width + column] = sum;
      }
  return y;
};

/** Many channels to few, then a window over them: sums long enough to be split, and data that neighbours share. */
export const channelsModel = (): Uint8Array => model({
  input: [1, 32, 6, 6], output: [1, 8, 6, 6],
  weights: [tensor('w1', [8, 32, 1, 1], 0.3), tensor('w2', [8, 8, 3, 3], 0.2)],
  nodes: [
    node('Conv', ['x', 'w1'], 'a', { kernel_shape: ints(1, 1) }),
    node('Relu', ['a'], 'r'),
    node('Conv', ['r', 'w2'], 'y', { kernel_shape: ints(3, 3), pads: ints(1, 1, 1, 1) }),
  ],
});

/** The batch is a symbol. */
export const openModel = (): Uint8Array => model({ input: ['batch', 4], output: ['batch', 4], nodes: [node('Relu', ['x'], 'y')] });
/** An operator that no ONNX version has. */
export const foreignModel = (): Uint8Array => model({ input: [4], output: [4], nodes: [node('Frobnicate', ['x'], 'y')] });

/** A test case's `input_0.pb` and `output_0.pb`. */
export const caseFile = (name: string, shape: readonly number[], values: Float32Array): Uint8Array => writeTensor({ name, dtype: 'f32', shape, values });
