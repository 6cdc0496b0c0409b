/** numpy's broadcasting: shapes are aligned at their last axes, and an extent of 1 is read at 0 everywhere. */
import { shapeOf, zero, type Index, type Tensor } from '@loopsmith/ir';
import type { Reading } from './operator.js';

export const broadcastShape = (reading: Reading, shapes: readonly (readonly number[])[]): readonly number[] => {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const extent = extents.find((e) => e !== 1) ?? 1;
    if (extents.some((e) => e !== 1 && e !== extent))
      return reading.refuse(
        `cannot broadcast ${shapes.map((shape) => `[${shape.join(',')}]`).join(' with ')}: axis ${axis} differs; an extent must be equal or 1`,
      );
    return extent;
  });
};

/** The element of `tensor` that the point `at` of the broadcast shape reads. */
export const broadcastIndex = (tensor: Tensor, at: readonly Index[]): readonly Index[] => {
  const shape = shapeOf(tensor);
  return shape.map((extent, axis) => (extent === 1 ? zero : at[at.length - shape.length + axis]!));
};
