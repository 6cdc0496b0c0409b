/** The front-end kit on ONNX: small models made here, and the models of ONNX's own test cases where they are. */
import { existsSync, readFileSync } from 'node:fs';
import { demandAnswers, frontendChecks, type SampleModel } from '@loopsmith/kits';
import { readTensor, writeModel, type OnnxNode, type OnnxTensor } from '@loopsmith/onnx-file';
import { file, needs, shared } from '@loopsmith/testing';
import { product, unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

const weights = (name: string, ...shape: readonly number[]): OnnxTensor => ({ name, dtype: 'f32', shape, values: Float32Array.from({ length: product(shape) }, (_, i) => i / 8) });
const node = (operator: string, inputs: readonly string[], output: string, attributes: OnnxNode['attributes'] = new Map()): OnnxNode => ({ name: `${operator}_${output}`, operator, domain: '', inputs, outputs: [output], attributes });
const model = (nodes: readonly OnnxNode[], initializers: readonly OnnxTensor[]): Uint8Array => writeModel({
  irVersion: 8, producer: 'kit', opsets: new Map([['', 13]]),
  graph: { name: 'g', inputs: [{ name: 'x', elementType: 1, shape: ['N', 3, 8, 8] }], outputs: [{ name: 'y', elementType: 1, shape: null }], initializers, nodes },
});
const ints = (...values: readonly number[]) => ({ kind: 'ints', value: values.map(BigInt) }) as const;
const convolutional = model([
  node('Conv', ['x', 'w', 'b'], 'a', new Map([['pads', ints(1, 1, 1, 1)]])), node('Relu', ['a'], 'r'), node('MaxPool', ['r'], 'p', new Map([['kernel_shape', ints(2, 2)], ['strides', ints(2, 2)]])),
  node('GlobalAveragePool', ['p'], 'g'), node('Flatten', ['g'], 'f'), node('Gemm', ['f', 'd'], 'l'), node('Softmax', ['l'], 'y'),
], [weights('w', 4, 3, 3, 3), weights('b', 4), weights('d', 4, 5)]);
const samples: readonly SampleModel[] = [{ name: 'convolutional', file: 'model.onnx', bytes: convolutional, shapes: { x: [1, 3, 8, 8] } }];

/** ONNX's own cases, with every small input as a value where the shapes alone do not do. */
const published = (): readonly SampleModel[] => (JSON.parse(readFileSync(shared('conformance', 'onnx-node', 'cases.json'), 'utf8')) as readonly { readonly case: string }[]).map(({ case: name }) => {
  const folder = shared('conformance', 'onnx-node', name), tensors: OnnxTensor[] = [];
  for (let i = 0; existsSync(`${folder}/test_data_set_0/input_${i}.pb`); i++) tensors.push(unwrap(readTensor(readFileSync(`${folder}/test_data_set_0/input_${i}.pb`))));
  const values = tensors.filter(({ dtype, name: input }) => dtype === 'i64' && input !== '');
  return { name, file: 'model.onnx', bytes: readFileSync(`${folder}/model.onnx`), shapes: Object.fromEntries(tensors.filter((tensor) => !values.includes(tensor) && tensor.name !== '').map((tensor) => [tensor.name, tensor.shape])), values: Object.fromEntries(values.map((tensor) => [tensor.name, tensor])) };
});

describe('ONNX front end', function () {
  for (const { name, run } of frontendChecks(onnx, samples)) it(name, run);
  it('meets 1,000 damaged files with an answer', function () {
    needs(this, file(shared('conformance', 'onnx-node')));
    demandAnswers(onnx, [...samples, ...published()], { count: 1000, seed: 14 });
  });
});
