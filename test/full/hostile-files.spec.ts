/** 20,000 damaged files each of ONNX, MXNet and TensorFlow: every one is accepted or refused with a word, none crashes an import or takes longer than 2 s. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { mxnet } from '@loopsmith/frontend-mxnet';
import { onnx } from '@loopsmith/frontend-onnx';
import { tensorflow } from '@loopsmith/frontend-tensorflow';
import { demandAnswers, type SampleModel } from '@loopsmith/kits';
import { readTensor, type OnnxTensor } from '@loopsmith/onnx-file';
import { file, needs, repository, shared } from '@loopsmith/testing';
import { unwrap } from '@loopsmith/util';

const inputsOf = (folder: string): readonly OnnxTensor[] => {
  const found: OnnxTensor[] = [];
  for (let i = 0; existsSync(join(folder, 'test_data_set_0', `input_${i}.pb`)); i++) found.push(unwrap(readTensor(readFileSync(join(folder, 'test_data_set_0', `input_${i}.pb`)))));
  return found;
};
/** With the inputs' shapes, and every integer input as a value. */
const sampleOf = (name: string, folder: string, modelFile: string, beside?: SampleModel['beside']): SampleModel => {
  const inputs = inputsOf(folder).filter((input) => input.name !== ''), values = inputs.filter(({ dtype }) => dtype === 'i64');
  return {
    name, file: modelFile, bytes: readFileSync(join(folder, modelFile)), values: Object.fromEntries(values.map((input) => [input.name, input])),
    shapes: Object.fromEntries(inputs.filter((input) => !values.includes(input)).map((input) => [input.name, input.shape])), ...(beside ? { beside } : {}),
  };
};

describe('damaged files, the long form', function () {
  this.timeout(1_800_000);
  it('20,000 of ONNX', function () {
    const root = shared('conformance', 'onnx-node'), models = shared('models', 'onnx');
    needs(this, file(root), file(models));
    const cases = (JSON.parse(readFileSync(join(root, 'cases.json'), 'utf8')) as readonly { readonly case: string }[]).map(({ case: name }) => sampleOf(name, join(root, name), 'model.onnx'));
    const trained = ['mnist-cntk-opset1', 'mnist-cntk-opset8', 'mnist-opset18', 'mnist-mlp-leaky', 'cnn-max-mnist2'].map((name) => sampleOf(name, join(models, name), 'model.onnx'));
    const answers = demandAnswers(onnx, [...cases, ...trained], { count: 20_000, seed: 7 });
    process.stdout.write(`      ${answers.accepted} accepted, ${answers.refused} refused, the longest took ${answers.longestMs.toFixed(0)} ms\n`);
  });
  it('20,000 of MXNet', function () {
    const root = shared('models', 'mxnet');
    needs(this, file(root));
    const samples = ['cifar_resnet20_v1', 'mnist-lenet'].map((name) => {
      const folder = join(root, name), files = readdirSync(folder), params = files.find((one) => one.endsWith('.params'))!;
      return sampleOf(name, folder, files.find((one) => one.endsWith('-symbol.json'))!, new Map([[params, readFileSync(join(folder, params))]]));
    });
    const answers = demandAnswers(mxnet, samples, { count: 20_000, seed: 7 });
    process.stdout.write(`      ${answers.accepted} accepted, ${answers.refused} refused, the longest took ${answers.longestMs.toFixed(0)} ms\n`);
  });
  it('20,000 of TensorFlow, in all its formats', function () {
    const root = shared('models');
    needs(this, file(root));
    const cases = <T>(name: string): readonly T[] => (JSON.parse(readFileSync(repository('test', 'data', 'tensorflow', name), 'utf8')) as { readonly cases: readonly T[] }).cases;
    const graphs = cases<{ readonly name: string; readonly graph: string }>('operators.json').map(({ name, graph }): SampleModel => ({ name, file: 'frozen.pb', bytes: Buffer.from(graph, 'base64'), shapes: {} }));
    const layers = cases<{ readonly name: string; readonly model: object; readonly files: Readonly<Record<string, string>>; readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[] }>('layers.json').map(({ name, model, files, inputs }): SampleModel => ({
      name, file: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)), shapes: Object.fromEntries(inputs.map((input) => [input.name, input.shape])),
      beside: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content, 'base64')])),
    }));
    const saved = ([['half_plus_two_tf1', { x: [2, 1] }], ['times_three_float', {}], ['kws-dscnn-mlperf-tiny', { input_1: [1, 49, 10, 1] }]] as const).map(([name, shapes]): SampleModel => {
      const folder = join(root, 'tf', 'savedmodel', name);
      return { name, file: 'saved_model.pb', bytes: readFileSync(join(folder, 'saved_model.pb')), shapes, beside: new Map(readdirSync(join(folder, 'variables')).map((one) => [`variables/${one}`, readFileSync(join(folder, 'variables', one))])) };
    });
    const frozen = ['regression', 'kws-DS_CNN_S', 'kws-CRNN_S'].map((name): SampleModel => ({ name, file: 'frozen.pb', bytes: readFileSync(join(root, 'tf', 'graphdef', name, 'frozen.pb')), shapes: name === 'regression' ? { X: [2] } : {} }));
    const folder = join(root, 'tfjs', 'emotion'), tfjs: SampleModel = { name: 'emotion', file: 'model.json', bytes: readFileSync(join(folder, 'model.json')), shapes: { input_1: [1, 64, 64, 1] }, beside: new Map([['emotion.bin', readFileSync(join(folder, 'emotion.bin'))]]) };
    const answers = demandAnswers(tensorflow, [...graphs, ...layers, ...saved, ...frozen, tfjs], { count: 20_000, seed: 7 });
    process.stdout.write(`      ${answers.accepted} accepted, ${answers.refused} refused, the longest took ${answers.longestMs.toFixed(0)} ms\n`);
  });
});
