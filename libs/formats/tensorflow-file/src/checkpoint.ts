/** A checkpoint (tensor bundle): tensors by key, an index beside shards of raw values. Reads a tensor when it is asked for. */
import { attempt, elementBytes, isElementType, product, type Outcome } from '@loopsmith/util';
import { elementTypeName } from './element-type.js';
import type { TfTensor } from './graph.js';
import { shapeOf } from './read-shape.js';
import { rawTensor } from './read-tensor.js';
import { refuseFile } from './refusal.js';
import { storedChecksum } from './stored-checksum.js';
import { readTable } from './table.js';
import { bytesOf, fieldsOf, fixed32Of, integerOf, type Source } from './wire.js';

export interface Checkpoint {
  readonly keys: ReadonlySet<string>;
  /** Refused, by throwing a Failure: a key that it does not hold, values that are no numbers, a checksum that differs. */
  read(key: string): TfTensor;
}

/** `readShard` is given a file name beside the index, such as `variables.data-00000-of-00001`. */
export const readCheckpoint = (index: Uint8Array, prefix: string, readShard: (file: string) => Uint8Array | undefined): Outcome<Checkpoint> => attempt(() => {
  const what = `${prefix}.index`, entries = readTable(index, what);
  const header = entries.get('') ?? refuseFile('damaged', `${what} has no header; it is no checkpoint's index`);
  let shards = 0;
  for (const field of fieldsOf({ what, bytes: header }, header)) {
    if (field.number === 1) shards = integerOf({ what, bytes: header }, field);
    if (field.number === 2 && integerOf({ what, bytes: header }, field) !== 0)
      return refuseFile('unsupported', `${what} says that its values are big-endian; Loopsmith reads little-endian checkpoints`);
  }
  const loaded = new Map<number, Uint8Array>();
  const shard = (number: number): { readonly file: string; readonly bytes: Uint8Array } => {
    const digits = (n: number): string => String(n).padStart(5, '0'), file = `${prefix}.data-${digits(number)}-of-${digits(shards)}`;
    if (!(number >= 0 && number < shards)) return refuseFile('damaged', `${what} names shard ${number} of ${shards}`);
    const bytes = loaded.get(number) ?? readShard(file) ?? refuseFile('missing', `the checkpoint's file ${file} is not beside ${what}; put it back or save the model again`);
    loaded.set(number, bytes);
    return { file, bytes };
  };
  return {
    keys: new Set([...entries.keys()].filter((key) => key !== '')),
    read: (key) => {
      const entry = entries.get(key) ?? refuseFile('missing', `the checkpoint ${what} holds no variable ${key}; save the model again`);
      const { dtype, shape, number, offset, size, crc, sliced } = entryOf({ what, bytes: entry }, entry);
      if (!isElementType(dtype)) return refuseFile('unsupported', `variable ${key} is of type ${dtype}, which Loopsmith does not compute with`);
      if (sliced) return refuseFile('unsupported', `variable ${key} is stored in slices of a partitioned variable; save the model again without partitioning`);
      const { file, bytes } = shard(number), count = product(shape);
      if (offset < 0 || size !== count * elementBytes(dtype) || offset + size > bytes.length)
        return refuseFile(
          'damaged',
          `${file}: variable ${key} of ${count} ${dtype} is said to be bytes ${offset} to ${offset + size}, and the file has ${bytes.length}; fetch the whole file again`,
        );
      const content = bytes.subarray(offset, offset + size);
      if (crc !== undefined && storedChecksum(content) !== crc)
        return refuseFile('damaged', `${file}: variable ${key} has another checksum than was stored for it; fetch the file again`);
      return rawTensor({ what: file, bytes }, content, dtype, shape, `variable ${key}`);
    },
  };
});

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly number: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number | undefined;
  readonly sliced: boolean;
}

/** BundleEntryProto (tensor_bundle.proto). */
const entryOf = (source: Source, bytes: Uint8Array): Entry => {
  let dtype = 'nothing', number = 0, offset = 0, size = 0, sliced = false, crc: number | undefined, shape: readonly number[] = [];
  for (const field of fieldsOf(source, bytes)) {
    switch (field.number) {
      case 1:
        dtype = elementTypeName(integerOf(source, field));
        break;
      case 2:
        shape = (shapeOf(source, bytesOf(source, field)) ?? []).map(
          (extent) => extent ?? refuseFile('damaged', `${source.what} holds a variable with an open dimension`),
        );
        break;
      case 3:
        number = integerOf(source, field);
        break;
      case 4:
        offset = integerOf(source, field);
        break;
      case 5:
        size = integerOf(source, field);
        break;
      case 6:
        crc = fixed32Of(source, field);
        break;
      case 7:
        sliced = true;
        break;
      default: // nothing that was given out
    }
  }
  return { dtype, shape, number, offset, size, crc, sliced };
};
