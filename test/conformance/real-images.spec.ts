/** Trained models on real images: compiled libraries are right as often as was published, or as their README measured. */
import { readFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { command, file, needs, shared } from '@loopsmith/testing';
import { InferenceSession, Tensor, nodeWorld, runCli } from 'loopsmith';

/** Images, row by row, and the class of each. */
interface Labelled { readonly images: Float32Array; readonly labels: readonly number[] }

const mnist = (): Labelled => {
  const read = (name: string): Buffer => gunzipSync(readFileSync(shared('models', 'datasets', 'mnist', name)));
  return { images: Float32Array.from(read('t10k-images-idx3-ubyte.gz').subarray(16), (byte) => byte / 255), labels: [...read('t10k-labels-idx1-ubyte.gz').subarray(8)] };
};
const mean = [0.4914, 0.4822, 0.4465], deviation = [0.2023, 0.1994, 0.201];
/** Rows of label, then pixels as HWC; the network takes CHW, normalised as GluonCV does. */
const cifar = (): Labelled => {
  const rows = readFileSync(shared('models', 'datasets', 'cifar10-sample', 'cifar10_test_rows_000-039.csv'), 'utf8').trim().split('\n').map((row) => row.split(',').map(Number));
  const images = Float32Array.from({ length: rows.length * 3072 }, (_, i) => {
    const pixel = i % 1024, channel = Math.floor((i % 3072) / 1024);
    return (rows[Math.floor(i / 3072)]![1 + 3 * pixel + channel]! / 255 - mean[channel]!) / deviation[channel]!;
  });
  return { images, labels: rows.map(([label]) => label!) };
};
const datasets = { 'mnist': mnist, 'cifar10-sample': cifar };

/** `open`: the input whose batch the model leaves open. `right` of the first `of` images. */
interface Published { readonly model: readonly string[]; readonly data: keyof typeof datasets; readonly shape: readonly number[]; readonly open?: string; readonly right: number; readonly of: number }
const published: readonly Published[] = [
  { model: ['mxnet', 'mnist-lenet'], data: 'mnist', shape: [100, 1, 28, 28], open: 'data', right: 9911, of: 10_000 },
  { model: ['mxnet', 'cifar_resnet20_v1'], data: 'cifar10-sample', shape: [40, 3, 32, 32], open: 'data', right: 38, of: 40 },
  // shares of the README: 0.987, 0.953, 0.987, 0.993
  { model: ['onnx', 'mnist-cntk-opset8', 'model.onnx'], data: 'mnist', shape: [1, 1, 28, 28], right: 296, of: 300 },
  { model: ['onnx', 'mnist-mlp-leaky', 'model.onnx'], data: 'mnist', shape: [100, 1, 28, 28], open: 'input', right: 286, of: 300 },
  { model: ['onnx', 'self-attention-mnist', 'model.onnx'], data: 'mnist', shape: [1, 28, 28, 1], right: 296, of: 300 },
  { model: ['onnx', 'cnn-max-mnist2', 'model.onnx'], data: 'mnist', shape: [100, 28, 28, 1], open: 'conv2d_14_input', right: 298, of: 300 },
];

describe('trained models on real images', function () {
  for (const { model, data, shape, open, right, of } of published) {
    it(`${model[1]} is right about ${right} of ${of} of ${data}`, async function () {
      needs(this, file(shared('models', 'datasets', data)), command('gcc'));
      const folder = mkdtempSync(join(tmpdir(), 'loopsmith-images-'));
      try {
        const shapes = open === undefined ? [] : ['--shape', `${open}=${shape.join()}`];
        expect(await runCli(['compile', shared('models', ...model), '--untuned', ...shapes, '-o', folder], { ...nodeWorld(), out: { write: () => undefined, columns: null } }, '0')).to.equal(0);
        const session = await InferenceSession.create(folder), { images, labels } = datasets[data](), batch = shape[0]!, each = shape.reduce((product, extent) => product * extent, 1);
        let found = 0;
        for (let first = 0; first < of; first += batch) {
          const pixels = images.subarray((first / batch) * each, (first / batch + 1) * each);
          const [output] = Object.values(await session.run({ [session.inputNames[0]!]: new Tensor('float32', pixels, [...shape]) })), classes = output!.dims[1]!;
          for (let i = 0; i < batch; i++) {
            const scores = Array.from(output!.data.subarray(i * classes, (i + 1) * classes), Number);
            if (scores.indexOf(Math.max(...scores)) === labels[first + i]) found++;
          }
        }
        expect(labels.length).to.be.at.least(of);
        expect(found).to.equal(right);
      } finally { rmSync(folder, { recursive: true }); }
    });
  }
});
