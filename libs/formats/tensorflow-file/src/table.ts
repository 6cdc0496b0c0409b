/**
 * A table of sorted keys and values in LevelDB's format, read whole: what a checkpoint's index is. Source: google/leveldb,
 * doc/table_format.md and doc/impl.md. Filters and other meta blocks are skipped.
 */
import { storedChecksum } from './stored-checksum.js';
import { refuseFile } from './refusal.js';
import { unpackSnappy } from './snappy.js';

const footerBytes = 48, trailerBytes = 5;
/** Bytes of blocks and keys in all, written out: keys share their beginnings, and an index may name one block again and again. Far more than any checkpoint's. */
const mostBytes = 2 ** 28;
const magic = [0xdb4775248b80fb57n, 8] as const;

/** Keys as texts. Refused: another magic number, blocks that lie outside or do not unpack, checksums that differ. */
export const readTable = (bytes: Uint8Array, what: string): ReadonlyMap<string, Uint8Array> => {
  const damaged = (words: string): never => refuseFile('damaged', `${what} is damaged: ${words}; save the model again or fetch the whole file`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < footerBytes || view.getBigUint64(bytes.length - magic[1], true) !== magic[0]) return damaged('it does not end as a table of a checkpoint does');

  let written = 0;
  const count = (more: number): void => {
    written += more;
    if (written > mostBytes) damaged(`its blocks and keys take more than ${mostBytes} bytes written out`);
  };
  const varint = (block: Uint8Array, at: number): readonly [value: number, next: number] => {
    let value = 0;
    for (let i = 0; i < 10; i++) {
      const byte = block[at + i] ?? damaged('a number runs past the end of its block');
      value += (byte & 127) * 2 ** (7 * i);
      if (byte < 128) return [value, at + i + 1];
    }
    return damaged('a number has more than ten bytes');
  };
  const handle = (block: Uint8Array, at: number): { readonly offset: number; readonly size: number; readonly next: number } => {
    const [offset, then] = varint(block, at), [size, next] = varint(block, then);
    return { offset, size, next };
  };
  const block = ({ offset, size }: { readonly offset: number; readonly size: number }): Uint8Array => {
    if (offset + size + trailerBytes > bytes.length - footerBytes) return damaged(`a block from byte ${offset} to ${offset + size} lies outside of it`);
    count(size + trailerBytes);
    if (storedChecksum(bytes.subarray(offset, offset + size + 1)) !== view.getUint32(offset + size + 1, true))
      return damaged(`the block at byte ${offset} has another checksum than was stored for it`);
    const content = bytes.subarray(offset, offset + size);
    switch (bytes[offset + size]) {
      case 0:
        return content;
      case 1:
        return unpackSnappy(content) ?? damaged(`the Snappy block at byte ${offset} does not unpack`);
      default:
        return refuseFile(
          'unsupported',
          `${what} has a block compressed by method ${bytes[offset + size]}; Loopsmith reads plain and Snappy blocks, so save the model again`,
        );
    }
  };
  const text = new TextDecoder();
  /** Keys share their beginnings with the key before; a list of restart points closes the block. */
  const entries = (content: Uint8Array, each: (key: string, value: Uint8Array) => void): void => {
    if (content.length < 4) damaged('a block is too short for its own size');
    const restarts = new DataView(content.buffer, content.byteOffset, content.length).getUint32(content.length - 4, true), end = content.length - 4 - 4 * restarts;
    if (end < 0) damaged('a block has more restart points than bytes');
    let key: Uint8Array = new Uint8Array(0);
    for (let at = 0; at < end;) {
      const [shared, afterShared] = varint(content, at), [own, afterOwn] = varint(content, afterShared), [length, begin] = varint(content, afterOwn);
      if (shared > key.length || begin + own + length > end) damaged('an entry runs past the end of its block');
      count(shared + own);
      const next: Uint8Array = new Uint8Array(shared + own);
      next.set(key.subarray(0, shared));
      next.set(content.subarray(begin, begin + own), shared);
      key = next;
      each(text.decode(key), content.subarray(begin + own, begin + own + length));
      at = begin + own + length;
    }
  };

  const table = new Map<string, Uint8Array>(), footer = bytes.subarray(bytes.length - footerBytes);
  entries(block(handle(footer, handle(footer, 0).next)), (_, place) => { entries(block(handle(place, 0)), (key, value) => { table.set(key, value); }); });
  return table;
};
