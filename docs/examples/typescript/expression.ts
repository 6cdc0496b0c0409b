/** Tunes an operator that is in no model from its formula, compiles it and runs it: `node expression.js`. */
import { compile, FailureError, InferenceSession, parseDefinition, Tensor, tune } from 'loopsmith';

const definition = parseDefinition(`tensor layer(X: f32[8,64], W: f32[64,32], b: f32[32])
  S[i<8, j<32] = sum[k<64] X[i, k] * W[k, j]
  Y[i<8, j<32] = max(S[i, j] + b[j], 0)
`);
if (!definition.ok) throw new FailureError(definition.failure);

const { tasks } = await tune(definition.value, { budget: { trials: 2 } }); // { seconds: 30 } in earnest
for (const { label, reason } of tasks) if (reason !== null) console.log(`untuned: ${label}: ${reason}`);
await compile(definition.value, 'layer');

const filled = (value: number, ...dims: readonly number[]): Tensor => new Tensor('float32', new Float32Array(dims.reduce((size, extent) => size * extent, 1)).fill(value), dims);
const session = await InferenceSession.create('layer');
const { Y } = await session.run({ X: filled(1, 8, 64), W: filled(2, 64, 32), b: filled(-28, 32) });
console.log(Y?.dims.join('x'), new Set(Y?.data as Float32Array)); // 64 * 1 * 2 - 28
await session.release();
