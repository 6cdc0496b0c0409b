/** Half floats are kept and computed as f32 throughout, exactly: no target of this version computes in them. */
import { fromNumbers, halfToNumber, toNumbers, type DType, type TensorData } from '@loopsmith/ir';

export const widened = (dtype: DType): DType => (dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype);

export const widenedData = ({ dtype, shape, values }: TensorData): TensorData => {
  if (dtype === 'f16' && values instanceof Uint16Array) return { dtype: 'f32', shape, values: Float32Array.from(values, halfToNumber) };
  return dtype === 'bf16' ? fromNumbers('f32', shape, toNumbers({ dtype, shape, values })) : { dtype, shape, values };
};
