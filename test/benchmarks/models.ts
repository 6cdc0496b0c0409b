/**
 * Trained models that people published, and the networks of PyTorch's maker, untuned at one thread against ONNX Runtime, both in this process, run by
 * run: what a user's own model may expect beside the zoo's networks. Answers against ONNX Runtime without optimizations, as a share of the
 * tolerance 1e-4 * |reference| + 1e-6 * sqrt(n). Models that are not there are named and left out.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from '@loopsmith/runtime';
import { median } from '@loopsmith/stages';
import { repository, shared } from '@loopsmith/testing';
import { product, seededRandom } from '@loopsmith/util';
import { watched, type Bench } from './bench.js';
import { loopsmith } from './cli.js';
import { installOnnxRuntime, onnxRuntime, openSession } from './onnxruntime.js';
import { table, times } from './table.js';

/** Folders of the models and, where they leave dimensions open, a shape. */
const published: readonly (readonly [name: string, ...shape: readonly string[]])[] = [
  ['basic-pitch', 'serving_default_input_2:0=1,43844,1'], ['blazeface-front'], ['fastestdet'], ['ppocr-v4-det', 'x=1,3,320,320'],
  ['super-resolution-opset10', 'input=1,1,224,224'], ['ultraface-rfb320'], ['yunet-n-320'],
];
const made: readonly string[] = ['efficientnet_b1', 'regnet_x_400mf', 'shufflenet_v2_x0_5', 'vit_b_16'];

/** At least so many runs of each, and as many as fit into so many milliseconds. */
const leastRuns = 12, enoughMs = 4000, mostRuns = 400;

export const benchModels = async (bench: Bench): Promise<unknown> => {
  const { directory, print, target } = bench, peers = repository('build', 'onnxruntime');
  installOnnxRuntime(peers);
  const ort = onnxRuntime(peers), rows: (readonly string[])[] = [], samples: Record<string, unknown> = {};
  const models = [
    ...published.map(([name, ...shape]) => ({ name, path: shared('models', 'onnx', name, 'model.onnx'), shape })),
    ...made.map((name) => ({ name, path: repository('build', 'torch-models', name, 'model.onnx'), shape: [] })),
  ];
  for (const { name, path, shape } of models) {
    if (!existsSync(path)) { rows.push([name, 'not here', '', '', '', '', '']); continue; }
    const folder = join(directory, `model-${name}`);
    await loopsmith(directory, 'compile', path, '--untuned', '--threads', '1', '--target', target.id, ...shape.flatMap((given) => ['--shape', given]), '-o', folder);
    const { inputs } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { readonly inputs: readonly { readonly name: string; readonly shape: readonly number[] }[] };
    const random = seededRandom(1), values = inputs.map((input) => ({ ...input, data: Float32Array.from({ length: product(input.shape) }, () => random.next() - 0.5) }));
    const mine = Object.fromEntries(values.map((input) => [input.name, new Tensor('float32', input.data, input.shape)]));
    const theirs = Object.fromEntries(values.map((input) => [input.name, new ort.Tensor('float32', input.data, input.shape)]));
    const ours = await InferenceSession.create(folder, { threads: 1 }), peer = await openSession(ort, path, 1, 'all');
    const exact = await (await openSession(ort, path, 1, 'disabled')).run(theirs), answer = await ours.run(mine);
    const worst = Math.max(...Object.entries(exact).map(([output, { data }]) => shareOfTolerance(answer[output]!.data as Float32Array, data)));
    const milliseconds: { readonly loopsmith: number[]; readonly onnxruntime: number[] } = { loopsmith: [], onnxruntime: [] };
    const { load } = await watched(bench, name, async () => {
      for (let run = -3, began = performance.now(); run < leastRuns || (performance.now() - began < enoughMs && run < mostRuns); run++)
        for (const [engine, once] of [['loopsmith', () => Promise.resolve(ours.runSync(mine))], ['onnxruntime', () => peer.run(theirs)]] as const) {
          const start = performance.now();
          await once();
          if (run >= 0) milliseconds[engine].push(performance.now() - start);
        }
    });
    samples[name] = { load, milliseconds: milliseconds };
    const [a, b] = [milliseconds.loopsmith, milliseconds.onnxruntime];
    rows.push([name, median(a).toFixed(2), Math.min(...a).toFixed(2), median(b).toFixed(2), Math.min(...b).toFixed(2), times(median(b) / median(a)), times(Math.min(...b) / Math.min(...a)), worst.toFixed(2)]);
    await ours.release();
  }
  print(`\nmodels, untuned, one thread; in the folder build/torch-models: networks as the maker of PyTorch's writes them`);
  print(table(['model', 'median ms', 'min ms', 'ONNX Runtime median', 'min', 'faster by medians', 'by minima', 'error of 1 allowed'], rows.map((row) => [...row, ...Array.from({ length: 8 - row.length }, () => '')])));
  return samples;
};

/** 1 is what the tolerance allows. */
const shareOfTolerance = (answer: Float32Array, reference: Float32Array): number => {
  const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return norm(answer.map((value, i) => value - reference[i]!)) / (1e-4 * norm(reference) + 1e-6 * Math.sqrt(reference.length));
};
