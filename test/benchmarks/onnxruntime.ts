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

export interface OrtTensor { readonly data: Float32Array }
export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
}
interface Ort {
  readonly InferenceSession: { create(path: string, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => OrtTensor;
}
export const onnxRuntime = (directory: string): Ort => createRequire(join(directory, 'package.json'))('onnxruntime-node') as Ort;

/** Sequential, as many threads as told; with all optimizations its own best settings. */
export const openSession = (ort: Ort, model: string, threads: number, optimizations: 'all' | 'disabled'): Promise<OrtSession> =>
  ort.InferenceSession.create(model, { intraOpNumThreads: threads, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: optimizations, logSeverityLevel: 3 });

/** One input, one output, copies in and out included. */
export const openOnnxRuntime = async (directory: string, model: string, threads: number, shape: readonly number[]): Promise<(input: Float32Array) => Promise<Float32Array>> => {
  const ort = onnxRuntime(directory), session = await openSession(ort, model, threads, 'all');
  const [input] = session.inputNames, [output] = session.outputNames;
  return async (values) => (await session.run({ [input!]: new ort.Tensor('float32', values, shape) }))[output!]!.data;
};
