/** Half floats are kept and computed as f32 throughout, exactly: no target of this version computes in them. */
import { fromNumbers, halfToNumber, toNumbers, type DType, type TensorData } from '@loopsmith/ir';

export const widened = (dtype: DType): DType => (dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype);

export const widenedData = ({ dtype, shape, values }: TensorData): TensorData => {
  if (dtype === 'f16' && values instanceof Uint16Array) {
    const table = halves();
    return { dtype: 'f32', shape, values: Float32Array.from(values, (bits) => table[bits]!) };
  }
  return dtype === 'bf16' ? fromNumbers('f32', shape, toNumbers({ dtype, shape, values })) : { dtype, shape, values };
};

let table: Float32Array | undefined;
/** All 65,536 half floats: looking a weight up is ten times faster than taking it apart. */
const halves = (): Float32Array => (table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits)));
