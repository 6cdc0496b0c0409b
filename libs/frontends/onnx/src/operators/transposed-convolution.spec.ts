/** Transposed convolutions by their definition, element by element, over strides, kernels, crops, groups and dilations. */
import { expect } from 'chai';
import { fromNumbers, toNumbers } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { writeModel, type OnnxAttribute } from '@loopsmith/onnx-file';
import { product, unwrap } from '@loopsmith/util';
import { onnx } from '../onnx.js';

interface Case {
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly pads?: readonly [top: number, left: number, bottom: number, right: number];
  readonly beyond?: readonly [number, number];
  readonly dilation?: number;
  readonly groups?: number;
}
const cases: Readonly<Record<string, Case>> = {
  'kernels as wide as the stride': { size: [3, 4], kernel: [2, 2], strides: [2, 2] },
  'kernels wider than the stride, cropped': { size: [4, 3], kernel: [4, 4], strides: [2, 2], pads: [1, 1, 1, 1] },
  'kernels that the stride does not divide, and one more row': { size: [4, 5], kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], beyond: [1, 1] },
  'kernels narrower than the stride': { size: [3, 3], kernel: [1, 2], strides: [3, 2], beyond: [2, 1] },
  'results behind all that the kernel reaches': { size: [2, 2], kernel: [2, 2], strides: [2, 2], beyond: [1, 1] },
  'crops of more than a stride': { size: [5, 5], kernel: [5, 5], strides: [2, 3], pads: [4, 3, 1, 2] },
  'a crop that leaves less than the input': { size: [6, 6], kernel: [2, 2], strides: [2, 1], pads: [0, 0, 9, 3] },
  'groups': { size: [3, 3], kernel: [3, 2], strides: [2, 2], groups: 2 },
  'a stride along one axis': { size: [3, 5], kernel: [3, 3], strides: [1, 2], pads: [1, 0, 1, 2] },
  'no stride': { size: [4, 4], kernel: [3, 3], strides: [1, 1], pads: [1, 1, 1, 1] },
  'dilated kernels between zeros': { size: [3, 3], kernel: [2, 3], strides: [2, 2], dilation: 2, pads: [1, 1, 0, 1] },
};
const value = (i: number): number => ((i * 7 + 3) % 11) - 5;
const numbers = (shape: readonly number[]): number[] => Array.from({ length: product(shape) }, (_, i) => value(i));

describe('transposed convolution', () => {
  for (const [what, { size, kernel, strides, pads = [0, 0, 0, 0], beyond = [0, 0], dilation = 1, groups = 1 }] of Object.entries(cases))
    it(what, () => {
      const channels = 4, perGroup = 3, outputs = perGroup * groups, X = [1, channels, ...size], W = [channels, perGroup, ...kernel];
      const tensor = (name: string, shape: readonly number[]) => ({ name, dtype: 'f32' as const, shape, values: Float32Array.from(numbers(shape)) });
      const ints = (...values: readonly number[]): OnnxAttribute => ({ kind: 'ints', value: values.map(BigInt) });
      const attributes = new Map([
        ['strides', ints(...strides)], ['pads', ints(...pads)], ['output_padding', ints(...beyond)], ['dilations', ints(dilation, dilation)],
        ['group', { kind: 'int', value: BigInt(groups) }],
      ]);
      const node = { name: 'n', operator: 'ConvTranspose', domain: '', inputs: ['x', 'w', 'b'], outputs: ['y'], attributes };
      const graph = unwrap(onnx.import(writeModel({
        irVersion: 8, producer: 'spec', opsets: new Map([['', 18]]),
        graph: { name: 'g', inputs: [{ name: 'x', elementType: 1, shape: X }], outputs: [{ name: 'y', elementType: 1, shape: null }], initializers: [tensor('w', W), tensor('b', [outputs])], nodes: [node] },
      }), { name: 'm', shapes: {} }));

      const [rows, columns] = [0, 1].map((i) => (size[i]! - 1) * strides[i]! + (kernel[i]! - 1) * dilation + 1 - pads[i]! - pads[i + 2]! + beyond[i]!) as [number, number];
      const expected = Array.from({ length: outputs * rows * columns }, (_, i) => value(Math.floor(i / rows / columns)));
      for (let c = 0; c < channels; c++) for (let k = 0; k < perGroup; k++)
        for (let y = 0; y < size[0]; y++) for (let x = 0; x < size[1]; x++)
          for (let r = 0; r < kernel[0]; r++) for (let s = 0; s < kernel[1]; s++) {
            const row = y * strides[0] + r * dilation - pads[0], column = x * strides[1] + s * dilation - pads[1], into = Math.floor(c / (channels / groups)) * perGroup + k;
            if (row < 0 || row >= rows || column < 0 || column >= columns) continue;
            expected[(into * rows + row) * columns + column]! += value((c * size[0] + y) * size[1] + x) * value(((c * perGroup + k) * kernel[0] + r) * kernel[1] + s);
          }
      expect(toNumbers(evaluateGraph(graph, new Map([['x', fromNumbers('f32', X, numbers(X))]])).get('y')!)).to.deep.equal(Float64Array.from(expected));
      expect(graph.nodes.some(({ operator }) => operator === 'pad'), 'zeros between elements').to.equal(dilation > 1 || strides.every((stride) => stride === 1));
    });
});
