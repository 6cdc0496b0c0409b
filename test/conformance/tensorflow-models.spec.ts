/**
 * Trained TensorFlow models: frozen graphs and tfjs models through compiled libraries, SavedModels against closed forms and
 * against the same networks in other formats.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Frontend, ImportOptions } from '@loopsmith/contracts';
import { onnx } from '@loopsmith/frontend-onnx';
import { tensorflow } from '@loopsmith/frontend-tensorflow';
import { fromNumbers, toNumbers, type Graph, type TensorData } from '@loopsmith/ir';
import { toNetwork } from '@loopsmith/lowering';
import { evaluateNetwork } from '@loopsmith/lowering/testing';
import { readTensor } from '@loopsmith/onnx-file';
import { file, needs, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';
import { tensorflowCases, tensorflowFolders } from './case-list.js';
import { conformanceSuite } from './suite.js';

conformanceSuite({ title: 'TensorFlow models', cases: tensorflowCases('small'), folder: tensorflowFolders.graphdef, refusals: 'tensorflow-models.json', batch: 1, least: 0.8, limitMs: 300_000 });

const imported = (frontend: Frontend, path: string, shapes: ImportOptions['shapes']): Graph => unwrap(frontend.import(readFileSync(path), {
  name: basename(dirname(path)), file: basename(path), shapes,
  readBeside: (beside) => (existsSync(join(dirname(path), beside)) ? readFileSync(join(dirname(path), beside)) : undefined), listBeside: (folder) => readdirSync(join(dirname(path), folder)),
}));
const answers = (graph: Graph, ...inputs: readonly TensorData[]): readonly TensorData[] => {
  const network = unwrap(toNetwork(graph, { channelBlock: 8 })), made = evaluateNetwork(network, new Map(graph.inputs.map((name, i) => [name, inputs[i]!])));
  return graph.outputs.map((name) => made.get(name)!);
};
const vector = (folder: string, name: string): TensorData => unwrap(readTensor(readFileSync(join(folder, 'test_data_set_0', name))));
const largestDifference = (a: TensorData, b: TensorData): number => {
  expect(a.shape).to.deep.equal(b.shape);
  const left = toNumbers(a), right = toNumbers(b);
  return left.reduce((most, value, i) => Math.max(most, Math.abs(value - right[i]!)), 0);
};

describe('SavedModels', function () {
  const model = (name: string): string => shared('models', 'tf', 'savedmodel', name, 'saved_model.pb');
  const closed: readonly (readonly [string, ImportOptions['shapes'], readonly number[], readonly number[]])[] = [
    ['half_plus_two_tf1', { x: [3, 1] }, [1, 2, -4], [2.5, 3, 0]], ['times_three_float', {}, [1.5], [4.5]],
  ];
  for (const [name, shapes, x, y] of closed) {
    it(`${name} computes what its name says`, function () {
      needs(this, file(model(name)));
      const graph = imported(tensorflow, model(name), shapes), [output] = answers(graph, fromNumbers('f32', graph.tensors.get(graph.inputs[0]!)!.shape, x));
      expect([...output!.values].map(Number)).to.deep.equal(y);
    });
  }
  it('basic-pitch agrees with what its ONNX file answers', function () {
    const folder = shared('models', 'onnx', 'basic-pitch');
    needs(this, file(model('basic-pitch')), file(folder));
    const graph = imported(tensorflow, model('basic-pitch'), { input_2: [1, 43844, 1] }), computed = answers(graph, vector(folder, 'input_0.pb'));
    const named = (key: string): TensorData => computed[graph.outputs.indexOf(key)]!;
    // the ONNX file has the same outputs from the last to the first
    ['onset', 'note', 'contour'].forEach((key, i) => expect(largestDifference(named(key), vector(folder, `output_${i}.pb`)), key).to.be.at.most(2e-3));
  });
});

describe('one network in two formats', function () {
  it('blazeface-front: tfjs and ONNX agree', function () {
    const tfjs = shared('models', 'tfjs', 'blazeface-front'), other = shared('models', 'onnx', 'blazeface-front');
    needs(this, file(tfjs), file(other));
    const input = vector(tfjs, 'input_0.pb'), byShape = (tensors: readonly TensorData[]): ReadonlyMap<string, TensorData> => new Map(tensors.map((tensor) => [tensor.shape.join(), tensor]));
    const mine = byShape(answers(imported(tensorflow, join(tfjs, 'model.json'), {}), input)), theirs = byShape(answers(imported(onnx, join(other, 'model.onnx'), {}), input));
    expect([...mine.keys()].sort()).to.deep.equal([...theirs.keys()].sort());
    for (const [shape, tensor] of mine) expect(largestDifference(tensor, theirs.get(shape)!), shape).to.be.at.most(1.4e-4 * Math.max(1, ...toNumbers(tensor).map(Math.abs)));
  });
});

describe('layers in NHWC', () => {
  // what is left stands at the ends: behind the input (or its scaling), and before each output that wants that order (or its flattening)
  const left: readonly (readonly [string, number])[] = [['posenet', 5], ['nsfw-mobilenet_v2_mid', 1], ['emotion', 0], ['blazeface-front', 5], ['facemesh', 1], ['selfie', 1]];
  for (const [name, transpositions] of left) {
    it(`${name} has ${transpositions === 0 ? 'no transposition' : transpositions === 1 ? 'one transposition, of its input' : `${transpositions} transpositions, of its input and outputs`}`, function () {
      const path = join(tensorflowFolders.tfjs, name, 'model.json');
      needs(this, file(path));
      const shapes = { 'nsfw-mobilenet_v2_mid': { input: [1, 224, 224, 3] }, emotion: { input_1: [1, 64, 64, 1] }, facemesh: { input_1: [1, 192, 192, 3] } };
      const network = unwrap(toNetwork(imported(tensorflow, path, shapes[name as keyof typeof shapes] ?? {}), { channelBlock: 8 }));
      // phases of a transposed convolution are no layout: they are laid between each other, of more axes than four
      expect(network.calls.filter(({ label }) => label.includes('transpose') && !/ to (\d+x){5}/.test(label)).length).to.equal(transpositions);
    });
  }
});
