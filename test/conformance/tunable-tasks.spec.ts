/**
 * Convolutions and products of real networks have spaces of their own, in whatever shapes exporters put around them: the generic schedule
 * is right for them too, and a hundred times as slow, so that no check of answers would notice.
 */
import { expect } from 'chai';
import { file, needs, shared } from '@loopsmith/testing';
import { nodeWorld, runCli } from 'loopsmith';

const models: readonly (readonly [path: readonly string[], ...shape: readonly string[]])[] = [
  [['onnx', 'basic-pitch', 'model.onnx'], 'serving_default_input_2:0=1,43844,1'],
  [['onnx', 'fastestdet', 'model.onnx']],
  [['onnx', 'ppocr-v4-det', 'model.onnx'], 'x=1,3,160,320'],
  [['onnx', 'self-attention-mnist', 'model.onnx']],
  [['onnx', 'super-resolution-opset10', 'model.onnx'], 'input=1,1,224,224'],
  [['tfjs', 'facemesh', 'model.json'], 'input_1=1,192,192,3'],
  [['tfjs', 'posenet', 'model.json']],
  [['tfjs', 'selfie', 'model.json']],
];

describe('tasks of real networks', () => {
  for (const [path, ...shape] of models)
    it(`of ${path.slice(0, 2).join('/')}: every convolution and product can be tuned, but what makes one number`, async function () {
      const model = shared('models', ...path);
      needs(this, file(model));
      let out = '', err = '';
      const write = (add: (text: string) => void) => ({ write: add, columns: null });
      const world = { ...nodeWorld(), out: write((text) => { out += text; }), err: write((text) => { err += text; }) };
      const code = await runCli(['extract', model, '--target', 'x86-avx:avx2', '--json', ...shape.flatMap((given) => ['--shape', given])], world, '0');
      expect([code, err]).to.deep.equal([0, '']);
      const tasks = out.trim().split('\n').map((line) => JSON.parse(line) as { readonly label?: string; readonly status?: string; readonly flops: number })
        .filter(({ label, flops }) => /^(conv|dense|matmul)/.test(label ?? '') && flops > 1000);
      expect(tasks).to.have.length.greaterThan(2);
      expect(tasks.filter(({ status }) => status !== 'tunable').map(({ label }) => label)).to.deep.equal([]);
    });
});
