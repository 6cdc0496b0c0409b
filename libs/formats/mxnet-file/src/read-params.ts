/**
 * `.params` bytes to arrays: the list of NDArray records that MXNet's `save` writes, in its four forms (legacy, V1, V2, V3).
 * Little-endian, no padding, no checksum, so every length is held against the bytes that are left before anything is made
 * of it. Source: apache/mxnet src/ndarray/ndarray.cc. Refused: sparse arrays, unknown types, bytes left over, names that are not one per array.
 */
import { alignedCopy, attempt, elementArray, elementBytes, onDemand, product, refuse, type Outcome } from '@loopsmith/util';
import { mxnetDType } from './element-type.js';
import type { MxnetArray, MxnetParams } from './model.js';

const V1 = 0xf993fac8, V2 = 0xf993fac9, V3 = 0xf993faca;
/** More axes than any tensor has: the legacy form begins with this number, so damage shows here. */
const mostAxes = 32;

/** Whether the bytes begin as a list of arrays does. */
export const looksLikeParams = (bytes: Uint8Array): boolean => bytes.length >= 8 && bytes[0] === 0x12 && bytes[1] === 0x01 && bytes.subarray(2, 8).every((byte) => byte === 0);

/** `what` names the file in messages. */
export const readParams = (bytes: Uint8Array, what: string): Outcome<MxnetParams> => attempt(() => {
  if (bytes[0] === 0x50 && bytes[1] === 0x4b)
    return refuseParams(
      what,
      'is an archive of NumPy arrays, as MXNet 2.0 writes; load it there and save it with MXNet 1, or export the model as ONNX',
    );
  if (!looksLikeParams(bytes)) return refuseParams(what, 'is no list of MXNet arrays: it does not begin with the number 0x112; give the .params file that belongs to the symbol');
  const reader = readerOf(bytes, what);
  reader.skip(16, 'its head');
  const count = reader.count('the number of arrays', 4);
  const arrays = Array.from({ length: count }, (_, i) => readArray(reader, `array ${i}`));
  const nameCount = reader.count('the number of names', 8);
  if (nameCount !== 0 && nameCount !== count) return refuseParams(what, `has ${nameCount} names for ${count} arrays; one each, or none, was expected`);
  const names = Array.from({ length: nameCount }, (_, i) => utf8.decode(reader.bytes(reader.count(`the length of name ${i}`, 1), `name ${i}`)));
  const twice = repeated(names);
  if (twice !== undefined) return refuseParams(what, `names ${JSON.stringify(twice)} twice; names of arrays are unique`);
  if (reader.left() !== 0) return refuseParams(what, `has ${reader.left()} bytes after its last array; fetch or save it again`);
  return arrays.map((array, i) => ({ name: names[i] ?? null, array }));
});

const repeated = (names: readonly string[]): string | undefined => {
  const seen = new Set<string>();
  return names.find((name) => seen.size === seen.add(name).size);
};
const utf8 = new TextDecoder();
const refuseParams = (what: string, words: string): never => refuse({ code: 'mxnet-params', stage: 'import', message: `${what} ${words}` });

const readArray = (reader: Reader, name: string): MxnetArray | null => {
  const magic = reader.u32(name);
  if (magic === V2 || magic === V3) {
    const storage = reader.i32(name);
    if (storage !== 0)
      return reader.refuse(
        storage === 1 || storage === 2
          ? `holds ${name} as a sparse array (${storage === 1 ? 'row_sparse' : 'csr'}); save it dense, with tostype('default')`
          : `has the storage ${storage} for ${name}; 0 (dense) was expected`,
      );
  }
  const rank = magic === V1 || magic === V2 || magic === V3 ? reader.i32(name) : magic;
  if (rank === -1 && magic === V3) return null;
  if (rank < 0 || rank > mostAxes) return reader.refuse(`has a record of ${name} that MXNet does not write (${rank} axes); fetch or save it again`);
  const shape = Array.from({ length: rank }, () => (magic === V1 || magic === V2 || magic === V3 ? reader.i64(name) : reader.u32(name)));
  if (magic === V3 && shape.includes(-1)) return null;
  // before numpy shapes, no axes meant no array; since, it is a scalar
  if (rank === 0 && magic !== V3) return null;
  reader.skip(8, `the device of ${name}`);
  const flag = reader.i32(name), dtype = mxnetDType(flag) ?? reader.refuse(`has elements of type ${flag} in ${name}; MXNet's 0 (float32) to 12 (bfloat16) are known`);
  const bytes = product(shape) * elementBytes(dtype);
  if (shape.some((extent) => extent < 0) || !(bytes <= reader.left()))
    return reader.refuse(
      `ends inside ${name}: ${dtype} of shape [${shape.join(',')}] takes ${bytes} bytes, and ${reader.left()} are left; fetch it again`,
    );
  const content = reader.bytes(bytes, name), values = onDemand(() => elementArray(dtype, alignedCopy(content)));
  return { dtype, shape, get values() { return values(); } };
};

interface Reader {
  left(): number;
  skip(bytes: number, what: string): void;
  bytes(length: number, what: string): Uint8Array;
  u32(what: string): number;
  i32(what: string): number;
  i64(what: string): number;
  /** A u64 that counts things of at least so many bytes each. */
  count(what: string, least: number): number;
  refuse(words: string): never;
}
const readerOf = (bytes: Uint8Array, file: string): Reader => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number, what: string): number => {
    if (length > bytes.length - at) return refuseParams(file, `ends inside ${what}, at byte ${bytes.length}; fetch it again`);
    at += length;
    return at - length;
  };
  const reader: Reader = {
    left: () => bytes.length - at,
    skip: (length, what) => { take(length, what); },
    bytes: (length, what) => { const from = take(length, what); return bytes.subarray(from, from + length); },
    u32: (what) => view.getUint32(take(4, what), true),
    i32: (what) => view.getInt32(take(4, what), true),
    i64: (what) => Number(view.getBigInt64(take(8, what), true)),
    count: (what, least) => {
      const value = Number(view.getBigUint64(take(8, what), true));
      return value * least <= bytes.length - at ? value : refuseParams(file, `says that ${what} is ${value}, for which its ${bytes.length} bytes have no room; fetch it again`);
    },
    refuse: (words) => refuseParams(file, words),
  };
  return reader;
};
