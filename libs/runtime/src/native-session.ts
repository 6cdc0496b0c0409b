/**
 * A compiled folder in this process as a `Session`: the InferenceSession, which speaks as ONNX Runtime does, in the words of the IR. For folders of
 * this machine's own processor, and of a device whose driver is a library like any other.
 */
import type { TensorData } from '@loopsmith/ir';
import type { Session } from '@loopsmith/contracts';
import { fail, FailureError, succeed, type Outcome } from '@loopsmith/util';
import { InferenceSession } from './session.js';
import { dtypeOf, Tensor, tensorTypeOf } from './tensor.js';

const feedsOf = (inputs: ReadonlyMap<string, TensorData>): Readonly<Record<string, Tensor>> =>
  Object.fromEntries([...inputs].map(([name, { dtype, shape, values }]) => [name, new Tensor(tensorTypeOf(dtype), values, shape)]));

/** `threads` 0: the number the library was compiled for. `how`: what the library runs on, where that is not this CPU but a device that it hands its work to. */
export const openNativeSession = async (directory: string, threads: number, how = 'this CPU'): Promise<Outcome<Session>> => {
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(directory, threads === 0 ? {} : { threads });
  } catch (error) {
    if (error instanceof FailureError) return fail(error.failure);
    throw error;
  }
  return succeed({
    kind: 'measured', how, threads: session.threads,
    inputs: session.inputMetadata.map(({ name, type, shape }) => ({ name, dtype: dtypeOf(type), shape })),
    outputs: session.outputMetadata.map(({ name, type, shape }) => ({ name, dtype: dtypeOf(type), shape })),
    profile: (inputs) => session.profile(feedsOf(inputs)),
    run: async (inputs) => {
      const outputs = await session.run(feedsOf(inputs));
      return new Map(Object.entries(outputs).map(([name, { type, data, dims }]): readonly [string, TensorData] => [name, { dtype: dtypeOf(type), shape: dims, values: data }]));
    },
    close: () => session.release(),
  });
};
