/** Trained models, imported and evaluated, against outputs that other runtimes computed. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fromNumbers, toNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering';
import { readTensor, type OnnxTensor } from '@loopsmith/onnx-file';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

const tensorsIn = (folder: string, kind: 'input' | 'output'): readonly OnnxTensor[] => {
  const found: OnnxTensor[] = [];
  for (let i = 0; existsSync(join(folder, `${kind}_${i}.pb`)); i++) found.push(unwrap(readTensor(readFileSync(join(folder, `${kind}_${i}.pb`)))));
  return found;
};
/** Half-float inputs are f32 in the graph. */
const fed = (graph: Graph, name: string, data: TensorData): TensorData => {
  const { dtype } = graph.tensors.get(name)!;
  return data.dtype === dtype ? data : fromNumbers(dtype, data.shape, toNumbers(data));
};
/** The largest |a-b| in units of what the reference supports. */
const worst = (got: TensorData, wanted: TensorData, relative: number, absolute: number): number => {
  expect(got.shape).to.deep.equal(wanted.shape);
  const a = toNumbers(got), b = toNumbers(wanted);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!) / (relative * Math.abs(b[i]!) + absolute)), 0);
};

/** Folder, nodes of the graph, shapes of open inputs; what the model checks is in the table of shared/models. */
const models: readonly (readonly [string, number, Readonly<Record<string, readonly number[]>>, { readonly file?: string; readonly relative?: number; readonly absolute?: number }?])[] = [
  ['mnist-cntk-opset1', 12, {}], ['mnist-cntk-opset8', 12, {}], ['mnist-opset18', 11, {}], ['mnist-mlp-leaky', 14, { input: [1, 1, 28, 28] }],
  ['self-attention-mnist', 50, {}], ['cnn-max-mnist2', 13, { conv2d_14_input: [1, 28, 28, 1] }], ['traffic-sign-fast', 12, { conv2d_28_input: [1, 32, 32, 3] }],
  ['cifar-base-kw', 8, {}], ['cifar-base-kw', 8, {}, { file: 'model-simplified.onnx' }], ['cifar-deep-kw', 12, {}], ['cifar-deep-kw', 12, {}, { file: 'model-simplified.onnx' }],
  ['blazeface-front', 93, {}], ['ultraface-rfb320', 163, {}],
  // its vectors come from the float32 original
  ['squeezenet-fp16', 65, {}, { relative: 0, absolute: 2e-3 }],
  // a signal front end of long sums
  ['basic-pitch', 242, { 'serving_default_input_2:0': [1, 43844, 1] }, { relative: 0, absolute: 2e-3 }],
];

describe('trained ONNX models', function () {
  this.timeout(300_000);
  for (const [folder, nodes, shapes, { file: name = 'model.onnx', relative = 1e-3, absolute = 1e-4 } = {}] of models) {
    it(`computes ${folder}/${name} as its reference does`, function () {
      const path = shared('models', 'onnx', folder, name);
      needs(this, file(path));
      const graph = unwrap(onnx.import(readFileSync(path), { name: folder, shapes }));
      expect(graph.nodes.length).to.equal(nodes);
      const vectors = shared('models', 'onnx', folder, 'test_data_set_0');
      const inputs = tensorsIn(vectors, 'input'), outputs = tensorsIn(vectors, 'output');
      const computed = evaluateGraph(graph, new Map(graph.inputs.map((input, i) => [input, fed(graph, input, inputs[i]!)])));
      expect(outputs.length).to.equal(graph.outputs.length);
      graph.outputs.forEach((output, i) => expect(worst(computed.get(output)!, outputs[i]!, relative, absolute)).to.be.at.most(1));
    });
  }
});

describe('a quantised ONNX model', function () {
  this.timeout(300_000);
  it('shufflenet-v2-int8 finds the two classes that its authors published', function () {
    const folder = shared('models', 'onnx', 'shufflenet-v2-int8'), vectors = join(folder, 'test_data_set_0');
    needs(this, file(folder));
    const graph = unwrap(onnx.import(readFileSync(join(folder, 'model.onnx')), { name: 'shufflenet', shapes: {} }));
    const computed = toNumbers(evaluateGraph(graph, new Map([[graph.inputs[0]!, tensorsIn(vectors, 'input')[0]!]])).get(graph.outputs[0]!)!), published = toNumbers(tensorsIn(vectors, 'output')[0]!);
    const firstTwo = (logits: Float64Array): readonly number[] => [...logits.keys()].sort((i, j) => logits[j]! - logits[i]!).slice(0, 2);
    expect(firstTwo(computed)).to.deep.equal(firstTwo(published));
    // their runtime rounded otherwise; today's ONNX Runtime is up to 4.1 away from them too
    expect(Math.max(...published.map((logit, i) => Math.abs(logit - computed[i]!)))).to.be.at.most(4.2);
  });
});

describe('ONNX models that must be refused', () => {
  const refused: readonly (readonly [string, readonly string[]])[] = [
    ['fns-candy-experimental-ops', ['ImageScaler (node scalerPreprocessor)', 'Crop (nodes crop, crop1, crop2 and 4 more)', 'Affine (node activation11)']],
    ['openseeface-mnv3-det-custom-domain', ['com.microsoft.FusedConv (nodes fused _108, fused _109, fused _110 and 20 more)']],
  ];
  for (const [folder, words] of refused) {
    it(folder, function () {
      const path = shared('models', 'onnx', 'unsupported', folder, 'model.onnx');
      needs(this, file(path));
      const outcome = onnx.import(readFileSync(path), { name: folder, shapes: {} });
      expect(outcome.ok ? [] : words.filter((word) => !outcome.failure.message.includes(word))).to.deep.equal([]);
      expect(outcome.ok).to.equal(false);
    });
  }
});
