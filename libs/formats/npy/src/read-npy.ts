/** .npy bytes to an array. Fortran order, big endian, structures and objects are refused; NumPy itself rewrites them in one line. */
import { alignedCopy, attempt, elementArray, elementBytes, product, refuse, type Outcome } from '@loopsmith/util';
import { descriptions, magic, type NpyArray, type NpyDType } from './npy-array.js';

/** `what` names the file in messages. Versions 1 to 3 of the format. */
export const readNpy = (bytes: Uint8Array, what = 'the .npy file'): Outcome<NpyArray> => attempt(() => {
  const refuseNpy = (words: string): never => refuse({ code: 'npy-refused', stage: 'import', message: `${what} ${words}` });
  if (bytes.length < 10 || magic.some((byte, i) => bytes[i] !== byte)) return refuseNpy('is no .npy file: it does not start with \\x93NUMPY; write it with numpy.save');
  const version = bytes[6]!;
  if (version < 1 || version > 3) return refuseNpy(`has version ${version} of the .npy format; 1 to 3 are known`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerAt = version === 1 ? 10 : 12;
  if (bytes.length < headerAt) return refuseNpy('ends in its header; copy it again');
  const dataAt = headerAt + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (dataAt > bytes.length) return refuseNpy('ends in its header; copy it again');
  const header = new TextDecoder().decode(bytes.subarray(headerAt, dataAt));

  // a Python literal whose three keys NumPy writes in any order
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(header)?.[1] ?? refuseNpy(`has the header ${JSON.stringify(header.trim())}; one plain element type was expected (no structures)`);
  const dtype = (Object.keys(descriptions) as NpyDType[]).find((name) => descriptions[name] === descr)
    ?? refuseNpy(`holds elements of type ${descr}; convert them with array.astype('float32') or another little-endian number type`);
  if (!/'fortran_order'\s*:\s*False/.test(header)) return refuseNpy('is in Fortran order; save numpy.ascontiguousarray(array) instead');
  const extents = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)?.[1] ?? refuseNpy(`has the header ${JSON.stringify(header.trim())}; a shape was expected`);
  const shape = extents.split(',').map((extent) => extent.trim().replace(/L$/, '')).filter((extent) => extent !== '').map(Number);

  const expected = product(shape) * elementBytes(dtype);
  if (bytes.length - dataAt !== expected) return refuseNpy(`holds ${bytes.length - dataAt} bytes of data; ${dtype} of shape [${shape.join(',')}] takes ${expected}, so the file is cut off or damaged; write it again with numpy.save`);
  return { dtype, shape, values: elementArray(dtype, alignedCopy(bytes.subarray(dataAt))) };
});
