/**
 * The weights file of a compiled network, as `libs/runtime/native/loopsmith_tables.h` describes it: a header and 64-byte
 * aligned segments, equal ones stored once. Makes bytes; writes no file and knows no tensor.
 */
import { sha256 } from '@loopsmith/util';

const alignment = 64;
const headerBytes = 64;
const version = 1;

export interface WeightsFile {
  /** Bytes after the header, a multiple of 64. */
  readonly payloadBytes: number;
  /** Four words that the library compares with the file's and with its contents. */
  readonly checksum: readonly [number, number, number, number];
  /** To be written one after another, header first; not joined, because weights may be half of the memory there is. */
  readonly parts: readonly Uint8Array[];
}

/** Collects segments and answers the byte offset of each from the start of the payload. */
export class WeightsWriter {
  private readonly segments: Uint8Array[] = [];
  private readonly offsets = new Map<string, number>();
  private end = 0;

  add(bytes: Uint8Array): number {
    const content = `${bytes.byteLength}:${sha256(bytes)}`;
    const known = this.offsets.get(content);
    if (known !== undefined) return known;
    const offset = this.end;
    this.offsets.set(content, offset);
    const padded = padTo(bytes, alignment);
    this.segments.push(padded);
    this.end += padded.byteLength;
    return offset;
  }

  finish(): WeightsFile {
    const checksum = checksumOf(this.segments);
    const header = new DataView(new ArrayBuffer(headerBytes));
    new Uint8Array(header.buffer).set(new TextEncoder().encode('LSWEIGHT'));
    header.setUint32(8, version, true);
    header.setBigUint64(16, BigInt(this.end), true);
    checksum.forEach((lane, i) => header.setUint32(24 + 4 * i, lane, true));
    return { payloadBytes: this.end, checksum, parts: [new Uint8Array(header.buffer), ...this.segments] };
  }
}

/** FNV-1a by little-endian words in four lanes. Segments are multiples of 16 bytes, so every one begins in lane 0. */
const checksumOf = (segments: readonly Uint8Array[]): readonly [number, number, number, number] => {
  const prime = 0x01000193;
  let a = 0x811c9dc5, b = a, c = a, d = a;
  for (const segment of segments) {
    const words = new Uint32Array(segment.buffer, segment.byteOffset, segment.byteLength / 4);
    for (let i = 0; i < words.length; i += 4) {
      a = Math.imul(a ^ words[i]!, prime);
      b = Math.imul(b ^ words[i + 1]!, prime);
      c = Math.imul(c ^ words[i + 2]!, prime);
      d = Math.imul(d ^ words[i + 3]!, prime);
    }
  }
  return [a >>> 0, b >>> 0, c >>> 0, d >>> 0];
};

/** The bytes themselves where they already end on a boundary and can be read by words, else a padded copy. */
const padTo = (bytes: Uint8Array, unit: number): Uint8Array => {
  if (bytes.byteLength % unit === 0 && bytes.byteOffset % 4 === 0) return bytes;
  const padded = new Uint8Array(Math.ceil(bytes.byteLength / unit) * unit);
  padded.set(bytes);
  return padded;
};
