/**
 * What a call needs from the weights file: constants and compile-time stages of the definition as the schedule left it, packed
 * as the kernel stores them. Places nothing.
 */
import type { KernelBuffer } from '@loopsmith/contracts';
import { bytesOfData, compileTimeValues, layoutSize, pack, partFor, type Call, type Definition, type Network, type TensorData } from '@loopsmith/ir';
import { elementArray } from '@loopsmith/util';

/** The stored bytes of every buffer of the call that is known when the library is built, by the name of its tensor. */
export const packedBuffers = (network: Network, call: Call, scheduled: Definition, buffers: readonly KernelBuffer[]): ReadonlyMap<string, Uint8Array> => {
  const part = partFor(scheduled, buffers.map((buffer) => buffer.tensor));
  const values = compileTimeValues(part, ({ name, shape }) => ({ ...constantOf(network, call, scheduled, name), shape }));
  return new Map(buffers.map((buffer) => [buffer.tensor, packed(buffer, values.get(buffer.tensor)!)]));
};

/** Places that no element has are zero: kernels rely on it for padded lanes of weights. */
const packed = ({ tensor, dtype, shape, layout, size }: KernelBuffer, data: TensorData): Uint8Array => {
  if (data.dtype !== dtype) throw new Error(`buffer ${tensor} holds ${dtype}, but its value is ${data.dtype}`);
  if (layoutSize(layout) > size) throw new Error(`buffer ${tensor} has ${size} elements, but its layout takes ${layoutSize(layout)}`);
  const stored = elementArray(dtype, size);
  pack(layout, shape, data.values as Movable, stored as Movable);
  return bytesOfData({ dtype, shape: [size], values: stored });
};
/** Both sides are of one dtype, so elements move as they are, whether numbers or bigints. */
type Movable = { [i: number]: number };

const constantOf = (network: Network, call: Call, definition: Definition, input: string): TensorData => {
  const name = call.inputs[definition.inputs.findIndex((one) => one.name === input)];
  const data = name === undefined ? undefined : network.tensors.get(name)?.data;
  if (!data) throw new Error(`call "${call.name}" needs the value of input ${input} when the library is built, but it is known only at run time`);
  return data;
};
