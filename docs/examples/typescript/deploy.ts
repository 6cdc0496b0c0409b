/** Tunes a model, compiles it and runs it, all from a program: `node deploy.js model.onnx`. */
import { compile, InferenceSession, Tensor, tune } from 'loopsmith';

const model = process.argv[2] ?? 'model.onnx';

const { tasks } = await tune(model, {
  budget: { trials: 4 }, // { seconds: 120 } in earnest
  onEvent: (event) => { if (event.event === 'task-finished') console.error(`${event.label}: ${event.bestGflops?.toFixed(1) ?? '-'} GFLOP/s`); },
});
console.log(`${tasks.filter(({ best }) => best !== null).length} of ${tasks.length} tasks measured`);

const { directory, kernels } = await compile(model, 'deployed');
for (const { label, reason } of kernels) if (reason !== null) console.log(`untuned: ${label}: ${reason}`);

const session = await InferenceSession.create(directory);
const feeds = Object.fromEntries(session.inputMetadata.map(({ name, shape }) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return [name, new Tensor('float32', new Float32Array(size).fill(0.5), shape)];
}));
for (const [name, { dims, data }] of Object.entries(await session.run(feeds))) console.log(`${name}: [${dims.join(', ')}] begins with ${Number(data[0]).toPrecision(4)}`);
await session.release();
