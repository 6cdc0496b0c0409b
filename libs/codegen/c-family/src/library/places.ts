/** Where every tensor of a network lies when the library runs: which memory, and how many bytes from its start. Plans nothing: the arena's offsets are given. */
import { bufferOf, bytesOf, firstPlace, type Layout, type MemoryPlan, type Network, type NetworkTensor } from '@loopsmith/ir';

/** As `loopsmith_place` in `libs/runtime/native/loopsmith_tables.h`. */
export interface Place { readonly memory: 'arena' | 'weights' | 'input' | 'output'; readonly index: number; readonly offset: number }

/**
 * The place that a kernel calls the start of a tensor it stores as `layout`. For a slice whose kernel does not know that it
 * is one, that is its own first element; for a kernel that does, the start of the whole buffer.
 */
export const placeOf = (network: Network, memory: MemoryPlan, tensor: NetworkTensor, layout: Layout): Place => {
  const base = startOf(network, memory, bufferOf(network.tensors, tensor));
  return { ...base, offset: base.offset + (firstPlace(tensor.layout) - firstPlace(layout)) * bytesOf[tensor.dtype] };
};

const startOf = (network: Network, memory: MemoryPlan, { name }: NetworkTensor): Place => {
  const input = network.inputs.indexOf(name), output = network.outputs.indexOf(name), offset = memory.offsets.get(name);
  if (input >= 0) return { memory: 'input', index: input, offset: 0 };
  if (output >= 0) return { memory: 'output', index: output, offset: 0 };
  if (offset !== undefined) return { memory: 'arena', index: 0, offset };
  throw new Error(`tensor ${name} has no place: it is no input, no output, and not in the memory plan`);
};
