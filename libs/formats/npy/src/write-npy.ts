/** An array to .npy bytes, version 1.0 of the format: what numpy.load, C programs and `readNpy` read. */
import { product } from '@loopsmith/util';
import { descriptions, magic, type NpyArray } from './npy-array.js';

/** The data start at a multiple of 64 bytes, as the format asks. Throws when values and shape disagree. */
export const writeNpy = ({ dtype, shape, values }: NpyArray): Uint8Array => {
  const count = product(shape);
  if (values.length !== count) throw new Error(`writeNpy: ${values.length} values for shape [${shape.join(',')}]`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descriptions[dtype]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const dataAt = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(dataAt + values.byteLength);
  bytes.set(magic);
  bytes.set([1, 0, (dataAt - 10) & 255, (dataAt - 10) >> 8], 6);
  bytes.set(new TextEncoder().encode(`${text.padEnd(dataAt - 11)}\n`), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), dataAt);
  return bytes;
};
