/** Tensors whose elements are all one number. Values are made when they are first read. */
import { arrayFor, dataOnDemand, fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
import { elementsOf } from './sizes.js';
import type { Translation } from './translation.js';

/** A number as a tensor without axes, of the dtype it will meet. */
export const scalarLike = (t: Translation, like: GraphTensor, value: number): GraphTensor => t.constant(fromNumbers(like.dtype, [], [value]));

/** A tensor of a shape that the model asks for. Integers cut off what is behind the point, and hold 0 for what is no number. Refused as by `elementsOf`. */
export const filled = (t: Translation, dtype: DType, shape: readonly number[], value: number | bigint): GraphTensor => {
  const count = elementsOf(t, shape);
  return t.constant(dataOnDemand(dtype, shape, () => {
    const values = arrayFor(dtype, count);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      values.fill(typeof value === 'bigint' ? value : Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n);
    else values.fill(Number(value));
    return values;
  }));
};

export const zeros = (t: Translation, dtype: DType, shape: readonly number[]): GraphTensor => filled(t, dtype, shape, 0);
