/** Whether an output is the expected one: integers and booleans exactly, floats by the norm of the difference. Reads no files. */
import { fromNumbers, isFloat, toNumbers, type DType, type TensorData } from '@loopsmith/ir';

export interface Comparison {
  readonly agrees: boolean;
  /** One clause for the user. */
  readonly summary: string;
}

/** What storing a result in a type may cost, beside the usual tolerance: half a unit in the last place. */
const rounding: Partial<Record<DType, number>> = { f16: 2 ** -11, bf16: 2 ** -8 };

/** Half precision as f32, which is how compiled networks compute with it and hand it over; everything else as it is. */
export const widened = (data: TensorData): TensorData => (data.dtype === 'f16' || data.dtype === 'bf16' ? fromNumbers('f32', data.shape, toNumbers(data)) : data);

/** What a case may demand instead of the usual tolerance: the largest difference of any one element. */
export interface Tolerance { readonly absolute: number }

/**
 * Floats agree when ‖out − ref‖ <= 1e-4 · ‖ref‖ + 1e-6 · √n (Euclidean norms over all n elements); NaN agrees with NaN, and an
 * infinity with the same infinity, at the same place only. Expected values of half precision may be off by their own rounding
 * too, and agree with an f32 output.
 */
export const compareTensors = (out: TensorData, expected: TensorData, tolerance?: Tolerance): Comparison => {
  const differs = (summary: string): Comparison => ({ agrees: false, summary });
  if (out.dtype !== expected.dtype && out.dtype !== widened(expected).dtype) return differs(`is ${out.dtype}, expected ${expected.dtype}`);
  if (out.shape.join() !== expected.shape.join()) return differs(`has shape [${out.shape.join(',')}], expected [${expected.shape.join(',')}]`);
  if (!isFloat(expected.dtype)) {
    const at = Array.from(expected.values as ArrayLike<number | bigint>).findIndex((value, i) => value !== out.values[i]);
    return at < 0 ? { agrees: true, summary: 'equal' } : differs(`element ${at} is ${out.values[at]}, expected ${expected.values[at]}`);
  }
  const a = toNumbers(out), b = toNumbers(expected);
  let difference = 0, size = 0, largest = 0;
  for (let i = 0; i < b.length; i++) {
    const x = a[i]!, y = b[i]!;
    if (Object.is(x, y) || x === y) {
      if (Number.isFinite(y)) size += y * y;
      continue;
    }
    if (!Number.isFinite(x) || !Number.isFinite(y)) return differs(`element ${i} is ${x}, expected ${y}`);
    difference += (x - y) ** 2;
    largest = Math.max(largest, Math.abs(x - y));
    size += y * y;
  }
  if (tolerance)
    return {
      agrees: largest <= tolerance.absolute,
      summary: `largest difference ${largest.toExponential(1)}${largest <= tolerance.absolute ? '' : `, allowed ${tolerance.absolute.toExponential(1)}`}`,
    };
  const error = Math.sqrt(difference), allowed = (1e-4 + (rounding[expected.dtype] ?? 0)) * Math.sqrt(size) + 1e-6 * Math.sqrt(b.length);
  const relative = size === 0 ? error : error / Math.sqrt(size);
  return {
    agrees: error <= allowed,
    summary: `relative error ${relative.toExponential(1)}${error <= allowed ? '' : `, allowed ${(allowed / (Math.sqrt(size) || 1)).toExponential(1)}`}`,
  };
};
