/** A logical tensor as plain memory, in row-major order. Knows no layout. */
import { add, scale, zero, type Index } from '../index/index-expression.js';
import { shapeOf, type Tensor } from './tensor.js';

/** Where an element lies, counted in elements. */
export const rowMajorAddress = (tensor: Tensor, at: readonly Index[]): Index => {
  const shape = shapeOf(tensor);
  return at.reduce((address, index, axis) => add(scale(address, shape[axis]!), index), zero);
};
