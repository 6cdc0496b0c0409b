/** What ONNX Runtime answers for a model, tensors of any type. It is installed on demand, as the benchmarks do. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DType, TensorData } from '@loopsmith/ir';
import { elementArray } from '@loopsmith/util';
import { repository } from '@loopsmith/testing';
import { installOnnxRuntime } from '../benchmarks/onnxruntime.js';

const names: Partial<Readonly<Record<DType, string>>> = { f32: 'float32', i32: 'int32', i64: 'int64', bool: 'bool', u8: 'uint8', i8: 'int8' };
interface OrtTensor { readonly type: string; readonly data: ArrayLike<number> | ArrayLike<bigint>; readonly dims: readonly number[] }
interface OrtSession { readonly outputNames: readonly string[]; run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>; release(): Promise<void> }
interface Ort {
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<OrtSession> };
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => OrtTensor;
}

/** Undefined where it does not take the model, as it has no kernel for every type of every operator and ONNX no type of Loopsmith's for some, or not these inputs: it refuses an index out of range, which ONNX leaves undefined. Graph optimisations are off, so that each operator answers for itself. */
export const onnxRuntimeAnswers = async (model: Uint8Array, inputs: ReadonlyMap<string, TensorData>): Promise<ReadonlyMap<string, TensorData> | undefined> => {
  const directory = repository('build', 'onnxruntime');
  installOnnxRuntime(directory);
  const { InferenceSession, Tensor } = createRequire(join(directory, 'package.json'))('onnxruntime-node') as Ort;
  let session: OrtSession;
  try {
    session = await InferenceSession.create(model, { intraOpNumThreads: 1, graphOptimizationLevel: 'disabled', logSeverityLevel: 4 });
  } catch (error) {
    if (/NOT_IMPLEMENTED|Could not find an implementation|Type Error: Type 'tensor\(/.test(String(error))) return undefined;
    throw error;
  }
  let answers: Readonly<Record<string, OrtTensor>>;
  try {
    answers = await session.run(Object.fromEntries([...inputs].map(([name, { dtype, shape, values }]) => [name, new Tensor(names[dtype]!, values, shape)])));
  } catch (error) {
    if (/out of data bounds/.test(String(error))) return undefined;
    throw error;
  } finally {
    await session.release();
  }
  return new Map(Object.entries(answers).map(([name, { type, data, dims }]) => {
    const dtype = (Object.keys(names) as DType[]).find((one) => names[one] === type)!, values = elementArray(dtype, data.length);
    for (let i = 0; i < data.length; i++) values[i] = data[i]!;
    return [name, { dtype, shape: [...dims], values }];
  }));
};
