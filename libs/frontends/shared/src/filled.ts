/** Tensors whose elements are all one number, or count up. */
import { dataOnDemand, fromNumbers, type DType, type GraphTensor } from '@loopsmith/ir';
import { elementArray } from '@loopsmith/util';
import { elementsOf } from './sizes.js';
import type { Translation } from './translation.js';

/** A number as a tensor without axes, of the dtype it will meet. */
export const scalarLike = (t: Translation, like: GraphTensor, value: number): GraphTensor => t.constant(fromNumbers(like.dtype, [], [value]));

/**
 * A tensor of a shape that the model asks for. Its values are made when they are first read.
 * Integers cut off what is behind the point, and hold 0 for what is no number. Refused as by `elementsOf`.
 */
export const filled = (t: Translation, dtype: DType, shape: readonly number[], value: number | bigint): GraphTensor => {
  const count = elementsOf(t, shape);
  return t.constant(dataOnDemand(dtype, shape, () => {
    const values = elementArray(dtype, count);
    if (values instanceof BigInt64Array || values instanceof BigUint64Array)
      values.fill(typeof value === 'bigint' ? value : Number.isFinite(value) ? BigInt(Math.trunc(value)) : 0n);
    else values.fill(Number(value));
    return values;
  }));
};

/** Ranges count axes and positions; a longer one is damage. */
const longestRange = 2 ** 20;

/** `Range` of ONNX and TensorFlow: from its first operand by steps of the third up to before the second, all known at import. */
export const rangeOf = (t: Translation): GraphTensor => {
  const [start, limit, delta] = ['start', 'limit', 'delta'].map((role, i) => t.known(t.input(i, role), role)[0] ?? t.refuse(`has an empty ${role}`)) as [number, number, number];
  const count = elementsOf(t, [Math.max(0, Math.ceil((limit - start) / delta))], longestRange);
  return t.constant(fromNumbers(t.input(0, 'start').dtype, [count], Array.from({ length: count }, (_, i) => start + i * delta)));
};

export const zeros = (t: Translation, dtype: DType, shape: readonly number[]): GraphTensor => filled(t, dtype, shape, 0);
