/**
 * A small language for convolutional networks: each call adds one ONNX node with seeded weights and returns its output.
 * It keeps shapes and counts multiply-adds; it checks no more than an author of an architecture needs.
 */
import { product } from '@loopsmith/util';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxValue } from '@loopsmith/onnx-file';
import { millionths, scaledWeights } from './weights.js';

/** A tensor on its way: [n, c, y, x], or [n, c] after `flatten`. */
export interface Wire { readonly name: string; readonly shape: readonly number[] }
/** A number for both axes, or [y, x]. */
export type Pair = number | readonly [number, number];

export interface ConvolutionOptions {
  readonly stride?: number;
  readonly pad?: Pair;
  readonly groups?: number;
  readonly bias?: boolean;
  /** Mean square of the outputs over that of the inputs: 2 before a ReLU, which halves it, else 1, and a quarter more for what centred filters lose. */
  readonly gain?: number;
}
interface PoolOptions { readonly stride: number; readonly pad?: number; readonly ceil?: boolean }

export interface Network {
  readonly input: Wire;
  conv(x: Wire, channels: number, kernel: Pair, options?: ConvolutionOptions): Wire;
  /** `size` scales what comes out, about: residual branches take less than 1, so that sums do not grow with depth. */
  batchNorm(x: Wire, options?: { readonly epsilon?: number; readonly size?: number }): Wire;
  relu(x: Wire): Wire;
  relu6(x: Wire): Wire;
  maxPool(x: Wire, kernel: number, options: PoolOptions): Wire;
  /** Padding counts as zeros. */
  averagePool(x: Wire, kernel: number, options: PoolOptions): Wire;
  globalAveragePool(x: Wire): Wire;
  add(a: Wire, b: Wire): Wire;
  /** Along the channels. */
  concat(...parts: readonly Wire[]): Wire;
  flatten(x: Wire): Wire;
  /** The last layer by default: its gain makes logits of order one out of averaged planes, which are small. */
  dense(x: Wire, outputs: number, options?: { readonly gain?: number }): Wire;
  /** `model` makes the weights; counting does without them. */
  finish(output: Wire): { readonly multiplyAdds: number; model(): OnnxModel };
}

const float32 = 1;
const int = (value: number): OnnxAttribute => ({ kind: 'int', value: BigInt(value) });
const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
const float = (value: number): OnnxAttribute => ({ kind: 'float', value: Math.fround(value) });
const pairOf = (pair: Pair): readonly [number, number] => (typeof pair === 'number' ? [pair, pair] : pair);

export const network = (title: string, inputShape: readonly [number, number, number, number]): Network => {
  const nodes: OnnxNode[] = [], initializers: (() => OnnxTensor)[] = [];
  const counts = new Map<string, number>();
  let multiplyAdds = 0;

  /** conv1, conv2, ..: the order of construction, which is part of the weights' seeds. */
  const nameFor = (operator: string): string => {
    const count = (counts.get(operator) ?? 0) + 1;
    counts.set(operator, count);
    return `${operator.charAt(0).toLowerCase()}${operator.slice(1)}${count}`;
  };
  const constant = (name: string, shape: readonly number[], values: () => Float32Array): string => {
    initializers.push(() => ({ name, dtype: 'f32', shape, values: values() }));
    return name;
  };
  const add = (name: string, operator: string, inputs: readonly string[], attributes: Readonly<Record<string, OnnxAttribute>>, shape: readonly number[]): Wire => {
    nodes.push({ name, operator, domain: '', inputs, outputs: [`${name}_out`], attributes: new Map(Object.entries(attributes)) });
    return { name: `${name}_out`, shape };
  };
  const simple = (operator: string, x: Wire): Wire => add(nameFor(operator), operator, [x.name], {}, x.shape);

  const windowed = (x: Wire, channels: number, kernel: readonly [number, number], stride: number, pad: readonly [number, number], ceil: boolean): readonly number[] => [
    x.shape[0]!, channels,
    ...[0, 1].map((axis) => (ceil ? Math.ceil : Math.floor)((x.shape[2 + axis]! + 2 * pad[axis]! - kernel[axis]!) / stride) + 1),
  ];
  const pool = (operator: string, x: Wire, kernel: number, { stride, pad = 0, ceil = false }: PoolOptions, more: Readonly<Record<string, OnnxAttribute>>): Wire =>
    add(nameFor(operator), operator, [x.name], {
      kernel_shape: ints(kernel, kernel), strides: ints(stride, stride), pads: ints(pad, pad, pad, pad), ...(ceil ? { ceil_mode: int(1) } : {}), ...more,
    }, windowed(x, x.shape[1]!, [kernel, kernel], stride, [pad, pad], ceil));

  const self: Network = {
    input: { name: 'data', shape: inputShape },
    conv: (x, channels, kernel, { stride = 1, pad = 0, groups = 1, bias = false, gain = 2.5 } = {}) => {
      const name = nameFor('Conv'), [r, s] = pairOf(kernel), [padY, padX] = pairOf(pad);
      const perGroup = x.shape[1]! / groups, fanIn = perGroup * r * s;
      const shape = windowed(x, channels, [r, s], stride, [padY, padX], false);
      multiplyAdds += product(shape) * fanIn;
      const inputs = [x.name, constant(`${name}_weight`, [channels, perGroup, r, s], () => scaledWeights(`${title}/${name}_weight`, channels, fanIn, gain, groups === 1))];
      if (bias) inputs.push(constant(`${name}_bias`, [channels], () => millionths(`${title}/${name}_bias`, channels, -100_000, 100_000)));
      return add(name, 'Conv', inputs, {
        kernel_shape: ints(r, s), strides: ints(stride, stride), pads: ints(padY, padX, padY, padX), dilations: ints(1, 1), group: int(groups),
      }, shape);
    },
    batchNorm: (x, { epsilon = 1e-5, size = 1 } = {}) => {
      const name = nameFor('BatchNormalization'), channels = x.shape[1]!;
      const parameter = (part: string, low: number, high: number): string =>
        constant(`${name}_${part}`, [channels], () => millionths(`${title}/${name}_${part}`, channels, Math.round(low * 1e6), Math.round(high * 1e6)));
      const inputs = [
        x.name,
        parameter('scale', 0.75 * size, 1.25 * size),
        parameter('bias', -0.25 * size, 0.25 * size),
        parameter('mean', -0.25, 0.25),
        parameter('variance', 0.75, 1.25),
      ];
      return add(name, 'BatchNormalization', inputs, { epsilon: float(epsilon) }, x.shape);
    },
    relu: (x) => simple('Relu', x),
    relu6: (x) => {
      const name = nameFor('Clip');
      return add(name, 'Clip', [x.name, constant(`${name}_min`, [], () => Float32Array.of(0)), constant(`${name}_max`, [], () => Float32Array.of(6))], {}, x.shape);
    },
    maxPool: (x, kernel, options) => pool('MaxPool', x, kernel, options, {}),
    averagePool: (x, kernel, options) => pool('AveragePool', x, kernel, options, { count_include_pad: int(1) }),
    globalAveragePool: (x) => add(nameFor('GlobalAveragePool'), 'GlobalAveragePool', [x.name], {}, [x.shape[0]!, x.shape[1]!, 1, 1]),
    add: (a, b) => {
      if (a.shape.join() !== b.shape.join()) throw new Error(`${title}: add of ${a.name} [${a.shape.join()}] and ${b.name} [${b.shape.join()}]`);
      return add(nameFor('Add'), 'Add', [a.name, b.name], {}, a.shape);
    },
    concat: (...parts) => {
      const [first] = parts;
      if (!first || parts.some((part) => part.shape.slice(2).join() !== first.shape.slice(2).join()))
        throw new Error(`${title}: concat of ${parts.map((part) => `[${part.shape.join()}]`).join(' and ')}`);
      return add(
        nameFor('Concat'),
        'Concat',
        parts.map((part) => part.name),
        { axis: int(1) },
        [first.shape[0]!, parts.reduce((total, part) => total + part.shape[1]!, 0), ...first.shape.slice(2)],
      );
    },
    flatten: (x) => add(nameFor('Flatten'), 'Flatten', [x.name], { axis: int(1) }, [x.shape[0]!, product(x.shape.slice(1))]),
    dense: (x, outputs, { gain = 8 } = {}) => {
      const name = nameFor('Gemm'), inputs = x.shape[1]!;
      multiplyAdds += x.shape[0]! * inputs * outputs;
      const weight = constant(`${name}_weight`, [outputs, inputs], () => scaledWeights(`${title}/${name}_weight`, outputs, inputs, gain, true));
      const bias = constant(`${name}_bias`, [outputs], () => millionths(`${title}/${name}_bias`, outputs, -100_000, 100_000));
      return add(name, 'Gemm', [x.name, weight, bias], { transB: int(1) }, [x.shape[0]!, outputs]);
    },
    finish: (output) => {
      const value = (wire: Wire): OnnxValue => ({ name: wire.name, elementType: float32, shape: wire.shape });
      return {
        multiplyAdds,
        model: () => ({
          irVersion: 7, producer: 'loopsmith-zoo', opsets: new Map([['', 13]]),
          graph: { name: title, inputs: [value(self.input)], outputs: [value(output)], initializers: initializers.map((make) => make()), nodes },
        }),
      };
    },
  };
  return self;
};
