/** The front-end kit on TensorFlow: small GraphDefs, and SavedModels and tfjs models with the files that belong to them. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { demandAnswers, frontendChecks, type SampleModel } from '@loopsmith/kits';
import { file, needs, repository, shared } from '@loopsmith/testing';
import { tensorflow } from './index.js';

const { cases } = JSON.parse(readFileSync(repository('test', 'data', 'tensorflow', 'operators.json'), 'utf8')) as { readonly cases: readonly { readonly name: string; readonly graph: string }[] };
const graphs: readonly SampleModel[] = cases.map(({ name, graph }) => ({ name, file: 'frozen.pb', bytes: Buffer.from(graph, 'base64'), shapes: {} }));

const root = shared('models', 'tf', 'savedmodel');
/** Small ones, so that a thousand imports take seconds. */
const savedModels = (): readonly SampleModel[] => ([['half_plus_two_tf1', { x: [2, 1] }], ['times_three_float', {}]] as const).map(([name, shapes]) => {
  const folder = join(root, name), beside = readdirSync(join(folder, 'variables')).map((one) => [`variables/${one}`, readFileSync(join(folder, 'variables', one))] as const);
  return { name, file: 'saved_model.pb', bytes: readFileSync(join(folder, 'saved_model.pb')), shapes, beside: new Map(beside) };
});
const tfjs: SampleModel = {
  name: 'tfjs', file: 'model.json', shapes: {}, beside: new Map([['w.bin', new Uint8Array(Float32Array.of(1, 2, 3).buffer)]]),
  bytes: new TextEncoder().encode(JSON.stringify({
    format: 'graph-model', modelTopology: { node: [
      { name: 'x', op: 'Placeholder', attr: { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim: [{ size: '2' }, { size: '3' }] } } } }, { name: 'w', op: 'Const', attr: { dtype: { type: 'DT_FLOAT' } } }, { name: 'y', op: 'AddV2', input: ['x', 'w'] },
    ] },
    weightsManifest: [{ paths: ['w.bin'], weights: [{ name: 'w', shape: [3], dtype: 'float32' }] }],
  })),
};
/** Keras layers, one model of each version of Keras. */
interface LayersCase { readonly name: string; readonly model: object; readonly files: Readonly<Record<string, string>>; readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[] }
const layers = (JSON.parse(readFileSync(repository('test', 'data', 'tensorflow', 'layers.json'), 'utf8')) as { readonly cases: readonly LayersCase[] }).cases.filter(({ name }) => /^(a classifier|models inside a model|weights of eight bits),/.test(name)).map(({ name, model, files, inputs }): SampleModel => ({
  name, file: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)), shapes: Object.fromEntries(inputs.map((input) => [input.name, input.shape])),
  beside: new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content, 'base64')])),
}));

describe('TensorFlow front end', function () {
  for (const { name, run } of frontendChecks(tensorflow, [...graphs.filter((_, i) => i % 8 === 0), tfjs, ...layers])) it(name, run);
  for (const { name, run } of frontendChecks(tensorflow, existsSync(root) ? savedModels() : [])) {
    it(`of SavedModels: ${name}`, function () {
      needs(this, file(root));
      return run();
    });
  }
  it('meets 1,000 damaged files with an answer', () => { demandAnswers(tensorflow, [...graphs, tfjs, tfjs, tfjs, ...layers], { count: 1000, seed: 14 }); });
});
