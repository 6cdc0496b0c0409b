/** A checkpoint (tensor bundle): tensors by key, an index beside shards of raw values. Reads what it is asked for, and of a shard nothing else. */
import { attempt, elementBytes, isElementType, product, type ElementType, type Outcome } from '@loopsmith/util';
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
  /** One by one as asked for. Refused, by throwing a Failure: a key that it does not hold, values that are no numbers, a checksum that differs. */
  read(keys: readonly string[]): readonly TfTensor[];
}

/** Parts of a file beside the index, such as `variables.data-00000-of-00001`: where each begins, and how many bytes. One that runs past the end of the file is shorter. */
export type ReadShard = (file: string, parts: readonly { readonly begin: number; readonly length: number }[]) => readonly Uint8Array[] | undefined;

export const readCheckpoint = (index: Uint8Array, prefix: string, readShard: ReadShard): Outcome<Checkpoint> => attempt(() => {
  const what = `${prefix}.index`, entries = readTable(index, what);
  const header = entries.get('') ?? refuseFile('damaged', `${what} has no header; it is no checkpoint's index`);
  let shards = 0;
  for (const field of fieldsOf({ what, bytes: header }, header)) {
    if (field.number === 1) shards = integerOf({ what, bytes: header }, field);
    if (field.number === 2 && integerOf({ what, bytes: header }, field) !== 0)
      return refuseFile('unsupported', `${what} says that its values are big-endian; Loopsmith reads little-endian checkpoints`);
  }
  const entryOfKey = (key: string): KeyedEntry => {
    const bytes = entries.get(key) ?? refuseFile('missing', `the checkpoint ${what} holds no variable ${key}; save the model again`);
    const entry = entryOf({ what, bytes }, bytes), { dtype, number, sliced } = entry;
    if (!isElementType(dtype)) return refuseFile('unsupported', `variable ${key} is of type ${dtype}, which Loopsmith does not compute with`);
    if (sliced) return refuseFile('unsupported', `variable ${key} is stored in slices of a partitioned variable; save the model again without partitioning`);
    if (!(number >= 0 && number < shards)) return refuseFile('damaged', `${what} names shard ${number} of ${shards}`);
    return { ...entry, key, dtype };
  };
  const known = new Map<string, TfTensor>();
  const readFrom = (number: number, wanted: readonly KeyedEntry[]): void => {
    const digits = (n: number): string => String(n).padStart(5, '0'), file = `${prefix}.data-${digits(number)}-of-${digits(shards)}`;
    for (const { key, dtype, shape, offset, size } of wanted)
      if (offset < 0 || size !== product(shape) * elementBytes(dtype))
        refuseFile('damaged', `${what}: variable ${key} of ${product(shape)} ${dtype} is said to be bytes ${offset} to ${offset + size} of ${file}; save the model again`);
    const parts =
      readShard(file, wanted.map(({ offset, size }) => ({ begin: offset, length: size }))) ??
      refuseFile('missing', `the checkpoint's file ${file} is not beside ${what}; put it back or save the model again`);
    wanted.forEach(({ key, dtype, shape, offset, size, crc }, i) => {
      const content = parts[i]!;
      if (content.length !== size) refuseFile('damaged', `${file}: variable ${key} is bytes ${offset} to ${offset + size}, and the file ends before; fetch the whole file again`);
      if (crc !== undefined && storedChecksum(content) !== crc) refuseFile('damaged', `${file}: variable ${key} has another checksum than was stored for it; fetch the file again`);
      known.set(key, rawTensor({ what: file, bytes: content }, content, dtype, shape, `variable ${key}`));
    });
  };
  return {
    keys: new Set([...entries.keys()].filter((key) => key !== '')),
    read: (keys) => {
      const wanted = [...new Set(keys)].filter((key) => !known.has(key)).map(entryOfKey);
      for (const number of new Set(wanted.map((entry) => entry.number))) readFrom(number, wanted.filter((entry) => entry.number === number));
      return keys.map((key) => known.get(key)!);
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

/** One whose values are numbers. */
interface KeyedEntry extends Entry { readonly key: string; readonly dtype: ElementType }

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
