/** Trained models: how many nodes they come to, and a quantised one's classes. The others' answers are those of compiled kernels, in `test/conformance`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { toNumbers, type TensorData } from '@loopsmith/ir';
import { evaluateGraph } from '@loopsmith/lowering/testing';
import { readTensor } from '@loopsmith/onnx-file';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { onnx } from './index.js';

/** File of `shared/models/onnx`, nodes of the graph, shapes of open inputs. */
const models: readonly (readonly [string, number, Readonly<Record<string, readonly number[]>>])[] = [
  ['mnist-cntk-opset1/model.onnx', 12, {}], ['mnist-cntk-opset8/model.onnx', 12, {}], ['mnist-opset18/model.onnx', 11, {}], ['mnist-mlp-leaky/model.onnx', 14, { input: [1, 1, 28, 28] }],
  ['self-attention-mnist/model.onnx', 50, {}], ['cnn-max-mnist2/model.onnx', 13, { conv2d_14_input: [1, 28, 28, 1] }], ['traffic-sign-fast/model.onnx', 12, { conv2d_28_input: [1, 32, 32, 3] }],
  ['cifar-base-kw/model.onnx', 8, {}], ['cifar-base-kw/model-simplified.onnx', 8, {}], ['cifar-deep-kw/model.onnx', 12, {}], ['cifar-deep-kw/model-simplified.onnx', 12, {}],
  ['blazeface-front/model.onnx', 93, {}], ['ultraface-rfb320/model.onnx', 163, {}], ['squeezenet-fp16/model.onnx', 65, {}], ['basic-pitch/model.onnx', 242, { 'serving_default_input_2:0': [1, 43844, 1] }],
];

describe('trained ONNX models', function () {
  for (const [name, nodes, shapes] of models) {
    it(`imports ${name} as ${nodes} nodes`, function () {
      const path = shared('models', 'onnx', name);
      needs(this, file(path));
      expect(unwrap(onnx.import(readFileSync(path), { name, shapes })).nodes.length).to.equal(nodes);
    });
  }

  it('shufflenet-v2-int8 finds the two classes that its authors published', function () {
    const folder = shared('models', 'onnx', 'shufflenet-v2-int8'), vector = (kind: string): TensorData => unwrap(readTensor(readFileSync(join(folder, 'test_data_set_0', `${kind}_0.pb`))));
    needs(this, file(folder));
    const graph = unwrap(onnx.import(readFileSync(join(folder, 'model.onnx')), { name: 'shufflenet', shapes: {} }));
    const computed = toNumbers(evaluateGraph(graph, new Map([[graph.inputs[0]!, vector('input')]])).get(graph.outputs[0]!)!), published = toNumbers(vector('output'));
    const firstTwo = (logits: Float64Array): readonly number[] => [...logits.keys()].sort((i, j) => logits[j]! - logits[i]!).slice(0, 2);
    expect(firstTwo(computed)).to.deep.equal(firstTwo(published));
    // their runtime rounded otherwise; today's ONNX Runtime is up to 4.1 away from them too
    expect(Math.max(...published.map((logit, i) => Math.abs(logit - computed[i]!)))).to.be.at.most(4.2);
  });
});
