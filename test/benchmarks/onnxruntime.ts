/** ONNX Runtime's Node package, installed on demand into a folder of build/: a peer to measure, never a dependency of this repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const onnxRuntimeVersion = '1.30.0';

/** Its CPU library is in the package; the scripts of the package, which fetch a GPU build, are left out. */
export const installOnnxRuntime = (directory: string): void => {
  if (existsSync(join(directory, 'node_modules', 'onnxruntime-node'))) return;
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'package.json'), '{}\n');
  execFileSync('npm', ['install', '--ignore-scripts', '--no-save', `onnxruntime-node@${onnxRuntimeVersion}`], { cwd: directory, stdio: ['ignore', 'inherit', 'inherit'] });
};

interface OrtTensor { readonly data: Float32Array }
interface OrtSession { readonly inputNames: readonly string[]; readonly outputNames: readonly string[]; run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>> }
interface Ort {
  readonly InferenceSession: { create(path: string, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}

/** One input, one output, copies in and out included. All optimizations, sequential, as many threads as told: its own best settings. */
export const openOnnxRuntime = async (directory: string, model: string, threads: number, shape: readonly number[]): Promise<(input: Float32Array) => Promise<Float32Array>> => {
  const { InferenceSession, Tensor } = createRequire(join(directory, 'package.json'))('onnxruntime-node') as Ort;
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', logSeverityLevel: 3 });
  const [input] = session.inputNames, [output] = session.outputNames;
  return async (values) => (await session.run({ [input!]: new Tensor('float32', values, shape) }))[output!]!.data;
};
