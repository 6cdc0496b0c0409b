/** Axes and extents that a model computed, checked before anything is made of them. Shapes that lowering infers are not checked here. */
import { product } from '@loopsmith/util';
import type { Translation } from './translation.js';

/** Elements of a matrix of places, weights or pairs that is made while importing; an image of 8,000 rows made of 4,000 fits. */
export const largestMatrix = 2 ** 25;

/** Elements of a tensor that is made while importing; far above any real constant. */
const most = 2 ** 28;

/** Elements of a shape that the model computed. Refused: negative and fractional extents, and more than `limit` (2^28) elements. */
export const elementsOf = (t: Translation, shape: readonly number[], limit = most): number => {
  const count = product(shape);
  if (shape.some((extent) => !Number.isInteger(extent) || extent < 0)) return t.refuse(`asks for the shape [${shape.join(',')}]; extents are whole numbers from 0`);
  return count <= limit ? count : t.refuse(`asks for the shape [${shape.join(',')}] of ${count} elements; at most ${limit} are made`);
};

/** An axis of a tensor of this rank, counted from the end where negative. */
export const axisOf = (t: Translation, axis: number, rank: number): number =>
  (axis >= -rank && axis < rank ? (axis + rank) % rank : t.refuse(`has axis ${axis}; its operand has ${rank} axes`));

/** The axis that the operand at a position names, known at import. */
export const axisAt = (t: Translation, position: number, rank: number): number => axisOf(t, t.known(t.input(position, 'axis'), 'axis')[0] ?? t.refuse('has an empty axis'), rank);
