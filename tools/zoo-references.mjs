// Writes test/data/zoo/NAME.json: what ONNX Runtime computes from each zoo network for two seeded inputs.
// Run by hand when a network of the zoo changes on purpose: node tools/zoo-references.mjs [NAME ...], after npm run build.
// ONNX Runtime is installed into build/ for this alone and is no dependency of the repository; its optional GPU download is left out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { sha256 } from '@loopsmith/util';
import { zooInput, zooInputShape, zooModel, zooNames } from '@loopsmith/zoo';
import { installOnnxRuntime, onnxRuntimeVersion } from '../test/dist/benchmarks/onnxruntime.js';

const seeds = [1, 2];
const root = resolve(import.meta.dirname, '..'), home = join(root, 'build', 'onnxruntime');
installOnnxRuntime(home);
const { InferenceSession, Tensor } = createRequire(join(home, 'package.json'))('onnxruntime-node');

/** The shortest decimal that reads back as the same float32. */
const shortest = (value) => {
  for (let digits = 1; digits < 9; digits++) if (Math.fround(Number(value.toPrecision(digits))) === value) return Number(value.toPrecision(digits));
  return Number(value.toPrecision(9));
};

const folder = join(root, 'test', 'data', 'zoo');
mkdirSync(folder, { recursive: true });
for (const name of process.argv.length > 2 ? process.argv.slice(2) : zooNames) {
  const model = zooModel(name);
  // no graph optimisation: the plainest order of operations that the runtime has
  const session = await InferenceSession.create(model, { graphOptimizationLevel: 'disabled', intraOpNumThreads: 1, logSeverityLevel: 3 });
  const runs = [];
  for (const seed of seeds) {
    const { [session.outputNames[0]]: output } = await session.run({ data: new Tensor('float32', zooInput(name, seed), zooInputShape(name)) });
    runs.push({ seed, output: [...output.data].map(shortest) });
  }
  await session.release();
  const head = { model: name, sha256: sha256(model), by: `onnxruntime-node ${onnxRuntimeVersion}, CPU, one thread, no graph optimisation` };
  const lines = runs.map(({ seed, output }) => `    { "seed": ${seed}, "output": [${output.join(', ')}] }`);
  writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "runs": [\n${lines.join(',\n')}\n  ]\n}\n`);
  console.log(`${name}: ${runs.length} runs, ${model.length} bytes of model`);
}
