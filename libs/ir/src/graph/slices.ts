/** Tensors that are slices of another tensor's buffer: which buffer, and where in it. The fields are those of `NetworkTensor`. */
import type { NetworkTensor } from './network.js';

type Tensors = ReadonlyMap<string, NetworkTensor>;

/** The tensor whose buffer holds this one: itself where it is no slice. Throws where the network lacks it. */
export const bufferOf = (tensors: Tensors, tensor: NetworkTensor): NetworkTensor => {
  if (tensor.sliceOf === undefined) return tensor;
  const whole = tensors.get(tensor.sliceOf);
  if (!whole) throw new Error(`tensor ${tensor.name} is a slice of ${tensor.sliceOf}, which the network does not have`);
  return bufferOf(tensors, whole);
};

/** Per axis, the element of the tensor it is a slice of that is the slice's first. */
export const sliceBegin = (tensors: Tensors, slice: NetworkTensor): readonly number[] => {
  const whole = slice.sliceOf === undefined ? undefined : tensors.get(slice.sliceOf);
  return slice.shape.map((_, axis) => offsetOf(slice, axis) - (whole ? offsetOf(whole, axis) : 0));
};

/** Tensors by the slices that make them: those of which some other tensor is a slice. */
export const slicesByWhole = (tensors: Tensors): ReadonlyMap<string, readonly NetworkTensor[]> => {
  const found = new Map<string, NetworkTensor[]>();
  for (const tensor of tensors.values()) if (tensor.sliceOf !== undefined) found.set(tensor.sliceOf, [...(found.get(tensor.sliceOf) ?? []), tensor]);
  return found;
};

/** Every dimension of one axis carries the same offset. */
const offsetOf = ({ layout }: NetworkTensor, axis: number): number => layout.find((dim) => dim.axis === axis)?.offset ?? 0;
