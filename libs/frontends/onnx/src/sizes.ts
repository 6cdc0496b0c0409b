/** How many elements a shape has, where a model could ask for more than any machine holds. Shapes that lowering infers are not checked here. */
import type { Translation } from './translation.js';

/** Elements of a tensor that is made while importing; far above any real constant. */
const most = 2 ** 28;

/** Elements of a shape that the model computed. Refused: negative and fractional extents, and more than 2^28 elements. */
export const elementsOf = (t: Translation, shape: readonly number[]): number => {
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 0)) return t.refuse(`asks for the shape [${shape.join(',')}]; extents are whole numbers from 0`);
  return count <= most ? count : t.refuse(`asks for the shape [${shape.join(',')}] of ${count} elements; at most ${most} are made`);
};
