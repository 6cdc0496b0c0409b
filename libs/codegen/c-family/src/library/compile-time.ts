/**
 * What a call needs from the weights file: constants and compile-time stages, evaluated from the definition as the schedule
 * left it, rounded once, and packed as the kernel stores them. Computes values; places nothing.
 */
import type { KernelBuffer } from '@loopsmith/contracts';
import { arrayFor, bytesOfData, evaluate, fromNumbers, layoutSize, pack, readsOf, type Call, type Definition, type Network, type TensorData } from '@loopsmith/ir';

/** The stored bytes of every buffer of the call that is known when the library is built, by the name of its tensor. */
export const packedBuffers = (network: Network, call: Call, scheduled: Definition, buffers: readonly KernelBuffer[]): ReadonlyMap<string, Uint8Array> => {
  const values = compileTimeValues(network, call, scheduled, buffers.map((buffer) => buffer.tensor));
  return new Map(buffers.map((buffer) => [buffer.tensor, packed(buffer, values.get(buffer.tensor)!)]));
};

/** Places that no element has are zero: kernels rely on it for padded lanes of weights. */
const packed = ({ tensor, dtype, shape, layout, size }: KernelBuffer, data: TensorData): Uint8Array => {
  if (data.dtype !== dtype) throw new Error(`buffer ${tensor} holds ${dtype}, but its value is ${data.dtype}`);
  if (layoutSize(layout) > size) throw new Error(`buffer ${tensor} has ${size} elements, but its layout takes ${layoutSize(layout)}`);
  const stored = arrayFor(dtype, size);
  pack(layout, shape, data.values as Movable, stored as Movable);
  return bytesOfData({ dtype, shape: [size], values: stored });
};
/** Both sides are of one dtype, so elements move as they are, whether numbers or bigints. */
type Movable = { [i: number]: number };

const compileTimeValues = (network: Network, call: Call, definition: Definition, wanted: readonly string[]): ReadonlyMap<string, TensorData> => {
  const needed = new Set(wanted);
  const stages = definition.stages.toReversed().filter((stage) => {
    if (!needed.has(stage.name)) return false;
    for (const name of readsOf(stage.value)) needed.add(name);
    return true;
  }).reverse();
  const inputs = definition.inputs.filter((input) => needed.has(input.name));
  const values = new Map<string, TensorData>();
  for (const input of inputs) values.set(input.name, { ...constantOf(network, call, definition, input.name), shape: input.shape });
  for (const table of definition.tables) values.set(table.name, fromNumbers(table.dtype, table.shape, table.values));
  if (stages.length > 0) for (const [name, data] of evaluate({ ...definition, inputs, stages }, values, { keep: 'all' })) values.set(name, data);
  return values;
};

const constantOf = (network: Network, call: Call, definition: Definition, input: string): TensorData => {
  const name = call.inputs[definition.inputs.findIndex((one) => one.name === input)];
  const data = name === undefined ? undefined : network.tensors.get(name)?.data;
  if (!data) throw new Error(`call "${call.name}" needs the value of input ${input} when the library is built, but it is known only at run time`);
  return data;
};
