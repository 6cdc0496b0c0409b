/**
 * Protobuf's wire format, one message at a time: fields with their numbers, bytes not copied. Nothing here recurses, so
 * nesting costs nothing until a reader asks for it; schemas are the readers' own.
 */
import { refuseFile } from './refusal.js';

/** A file that messages are read from: `what` names it in refusals, `bytes` are where positions count from. */
export interface Source { readonly what: string; readonly bytes: Uint8Array }

/** A varint keeps its 64 bits as two halves; fixed-width values and everything with a length are bytes. */
export type Field =
  | { readonly number: number; readonly kind: 'varint'; readonly low: number; readonly high: number }
  | { readonly number: number; readonly kind: 'bytes' | 'fixed32' | 'fixed64'; readonly bytes: Uint8Array };

const positionIn = (source: Source, bytes: Uint8Array, at: number): number => bytes.byteOffset - source.bytes.byteOffset + at;

const cutOff = (source: Source, bytes: Uint8Array, at: number): never =>
  positionIn(source, bytes, bytes.length) === source.bytes.length
    ? refuseFile(
        'truncated',
        `${source.what} ends in the middle of a field that starts at byte ${positionIn(source, bytes, at)} of ${source.bytes.length}; the file is cut off, so download or export it again`,
      )
    : damaged(source, bytes, at);
const damaged = (source: Source, bytes: Uint8Array, at: number): never =>
  refuseFile('damaged', `${source.what} is damaged: byte ${positionIn(source, bytes, at)} starts no field of its message; download or export it again`);

/** The fields of a message, in the order of the bytes. Refused: fields that run past the end, groups, field number 0. */
export function* fieldsOf(source: Source, bytes: Uint8Array): Generator<Field, void, undefined> {
  let at = 0;
  while (at < bytes.length) {
    const start = at, tag = varintAt(source, bytes, at, start);
    at = tag.next;
    const number = tag.low >>> 3;
    if (number === 0 || tag.high !== 0) damaged(source, bytes, start);
    const take = (length: number): Uint8Array => {
      if (at + length > bytes.length) cutOff(source, bytes, start);
      const part = bytes.subarray(at, at + length);
      at += length;
      return part;
    };
    switch (tag.low & 7) {
      case 0: {
        const value = varintAt(source, bytes, at, start);
        at = value.next;
        yield { number, kind: 'varint', low: value.low, high: value.high };
        break;
      }
      case 1: yield { number, kind: 'fixed64', bytes: take(8) }; break;
      case 2: {
        const length = varintAt(source, bytes, at, start);
        at = length.next;
        yield { number, kind: 'bytes', bytes: take(length.high * 4294967296 + length.low) };
        break;
      }
      case 5: yield { number, kind: 'fixed32', bytes: take(4) }; break;
      default: damaged(source, bytes, start); // groups (3, 4) are older than these formats, 6 and 7 were never given out
    }
  }
}

interface Varint { readonly low: number; readonly high: number; readonly next: number }

/** Both halves unsigned. `start` is the field that a refusal names. */
const varintAt = (source: Source, bytes: Uint8Array, at: number, start: number): Varint => {
  let low = 0, high = 0;
  for (let i = 0; i < 10; i++) {
    if (at + i >= bytes.length) return cutOff(source, bytes, start);
    const byte = bytes[at + i]!, seven = byte & 127;
    if (i < 4) low |= seven << (7 * i);
    else if (i === 4) { low |= seven << 28; high = seven >>> 4; }
    else high |= seven << (7 * i - 32);
    if (byte < 128) return { low: low >>> 0, high: high >>> 0, next: at + i + 1 };
  }
  return damaged(source, bytes, start);
};

const asBytes = (source: Source, field: Field, wanted: 'bytes' | 'fixed32' | 'fixed64'): Uint8Array =>
  field.kind === wanted
    ? field.bytes
    : refuseFile(
        'damaged',
        `${source.what} is damaged: field ${field.number} of a message is ${field.kind === 'varint' ? 'a number' : `of kind ${field.kind}`}, ${wanted} were expected; download or export it again`,
      );

/** A message inside this one, or raw bytes. */
export const bytesOf = (source: Source, field: Field): Uint8Array => asBytes(source, field, 'bytes');
const utf8 = new TextDecoder();
export const textOf = (source: Source, field: Field): string => utf8.decode(asBytes(source, field, 'bytes'));
/** A 64-bit integer as signed, in a double: exact up to 2^53. */
export const integerOf = (source: Source, field: Field): number =>
  field.kind === 'varint'
    ? (field.high | 0) * 4294967296 + field.low
    : refuseFile(
        'damaged',
        `${source.what} is damaged: field ${field.number} of a message holds bytes where a number was expected; download or export it again`,
      );
export const floatOf = (source: Source, field: Field): number => {
  const bytes = asBytes(source, field, 'fixed32');
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
};
/** Unsigned. */
export const fixed32Of = (source: Source, field: Field): number => {
  const bytes = asBytes(source, field, 'fixed32');
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
};

/** Repeated integers, packed or one by one. `add` is given both unsigned halves. */
export const addIntegers = (source: Source, field: Field, add: (low: number, high: number) => void): void => {
  if (field.kind === 'varint') return add(field.low, field.high);
  const bytes = asBytes(source, field, 'bytes');
  for (let at = 0; at < bytes.length;) {
    const { low, high, next } = varintAt(source, bytes, at, at);
    add(low, high);
    at = next;
  }
  return undefined;
};

/** The bytes of repeated fixed-width values, packed or one by one. */
export const fixedBytes = (source: Source, field: Field, width: 4 | 8): Uint8Array => {
  if (field.kind === (width === 4 ? 'fixed32' : 'fixed64')) return field.bytes;
  const bytes = asBytes(source, field, 'bytes');
  if (bytes.length % width !== 0) damaged(source, bytes, 0);
  return bytes;
};

/** One entry of a map<string, message>: field 1 is the key, field 2 the value. */
export const entryOf = (source: Source, field: Field): readonly [key: string, value: Uint8Array] => {
  let key = '', value: Uint8Array = new Uint8Array(0);
  for (const part of fieldsOf(source, bytesOf(source, field))) {
    if (part.number === 1) key = textOf(source, part);
    else if (part.number === 2) value = bytesOf(source, part);
  }
  return [key, value];
};
