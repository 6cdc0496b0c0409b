/** Single 3x3 convolutions as tasks of a network that hands them blocked channels, as the layers around them would. Measures nothing. */
import type { ExtractedTask, Target } from '@loopsmith/contracts';
import { x86Avx } from '@loopsmith/codegen-x86-avx';
import { onnx } from '@loopsmith/frontend-onnx';
import { toNetwork } from '@loopsmith/lowering';
import { writeModel, type OnnxAttribute, type OnnxNode, type OnnxTensor } from '@loopsmith/onnx-file';
import { extractTasks } from '@loopsmith/stages';
import { product, unwrap } from '@loopsmith/util';

/** Channels in and out, rows and columns of the input, stride; padding 1. */
export interface Layer { readonly from: number; readonly to: number; readonly size: number; readonly stride: 1 | 2 }

/** ResNet's: every stage, and the step into the next. */
export const layers: readonly Layer[] = [
  { from: 64, to: 64, size: 56, stride: 1 }, { from: 128, to: 128, size: 28, stride: 1 }, { from: 256, to: 256, size: 14, stride: 1 }, { from: 512, to: 512, size: 7, stride: 1 },
  { from: 64, to: 128, size: 56, stride: 2 }, { from: 128, to: 256, size: 28, stride: 2 }, { from: 256, to: 512, size: 14, stride: 2 },
];

/** Those whose operations Winograd's algorithm can save. */
export const winogradLayers: readonly Layer[] = layers.filter(({ size, stride }) => stride === 1 && size >= 14);

/** For one thread. Exact: the search spends its trials on direct kernels, which are what is compared with the loop. */
export const layerTask = (layer: Layer, target: Target, exact: boolean): ExtractedTask => {
  const graph = unwrap(onnx.import(layerModel(layer), { name: 'layer', shapes: {} }));
  const network = unwrap(toNetwork(graph, { channelBlock: x86Avx.channelBlock(target) }));
  const task = extractTasks(network, { target, threads: 1, exact }).find((one) => one.task.label.startsWith('conv2d 3x3 '));
  if (!task) throw new Error(`the network around ${JSON.stringify(layer)} has no 3x3 convolution`);
  return task;
};

/** A 1x1 convolution before and after, so that the layer is at neither end of the network; ReLU behind it. */
const layerModel = ({ from, to, size, stride }: Layer): Uint8Array => {
  const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
  // the search draws its own numbers: only shapes count here
  const weights = (name: string, shape: readonly number[]): OnnxTensor => ({ name, dtype: 'f32', shape, values: new Float32Array(product(shape)).fill(1) });
  const node = (operator: string, inputs: readonly string[], output: string, attributes: readonly (readonly [string, OnnxAttribute])[] = []): OnnxNode =>
    ({ name: output, operator, domain: '', inputs, outputs: [output], attributes: new Map(attributes) });
  const side = size / stride;
  return writeModel({
    irVersion: 8, producer: 'loopsmith-benchmarks', opsets: new Map([['', 13]]),
    graph: {
      name: 'layer',
      inputs: [{ name: 'x', elementType: 1, shape: [1, from, size, size] }], outputs: [{ name: 'y', elementType: 1, shape: [1, 8, Math.ceil(side), Math.ceil(side)] }],
      initializers: [weights('w1', [from, from, 1, 1]), weights('w2', [to, from, 3, 3]), weights('b2', [to]), weights('w3', [8, to, 1, 1])],
      nodes: [
        node('Conv', ['x', 'w1'], 'a', [['kernel_shape', ints(1, 1)]]),
        node('Conv', ['a', 'w2', 'b2'], 'b', [['kernel_shape', ints(3, 3)], ['strides', ints(stride, stride)], ['pads', ints(1, 1, 1, 1)]]),
        node('Relu', ['b'], 'r'),
        node('Conv', ['r', 'w3'], 'y', [['kernel_shape', ints(1, 1)]]),
      ],
    },
  });
};
