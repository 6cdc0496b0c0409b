/** MessagePack to plain values, as far as compilers use it for metadata. It knows no code object, and writes nothing. */

export type Packed = null | boolean | number | string | Uint8Array | readonly Packed[] | PackedMap;
/** Keys are text in all metadata that is read here. */
export interface PackedMap { readonly [key: string]: Packed }

/** The one value that the bytes hold. Bytes that are no MessagePack, or stop early, are an Error: they come from a compiler. */
export const readMessagePack = (bytes: Uint8Array): Packed => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): number => {
    const from = at;
    at += count;
    if (at > bytes.length) throw new Error(`MessagePack ends after ${bytes.length} bytes in the middle of a value`);
    return from;
  };
  const unsigned = (width: 1 | 2 | 4): number => {
    const from = take(width);
    return width === 1 ? view.getUint8(from) : width === 2 ? view.getUint16(from) : view.getUint32(from);
  };
  const text = (length: number): string => new TextDecoder().decode(bytes.subarray(take(length), at));
  const list = (length: number): readonly Packed[] => Array.from({ length }, value);
  const map = (length: number): PackedMap => Object.fromEntries(Array.from({ length }, () => {
    const key = value();
    if (typeof key !== 'string') throw new Error('a MessagePack map has a key that is no text');
    return [key, value()];
  }));

  const value = (): Packed => {
    const head = unsigned(1);
    if (head < 0x80) return head;
    if (head < 0x90) return map(head & 0x0f);
    if (head < 0xa0) return list(head & 0x0f);
    if (head < 0xc0) return text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: { const length = unsigned(1); return bytes.slice(take(length), at); }
      case 0xc5: { const length = unsigned(2); return bytes.slice(take(length), at); }
      case 0xc6: { const length = unsigned(4); return bytes.slice(take(length), at); }
      case 0xca: return view.getFloat32(take(4));
      case 0xcb: return view.getFloat64(take(8));
      case 0xcc: return unsigned(1);
      case 0xcd: return unsigned(2);
      case 0xce: return unsigned(4);
      case 0xcf: return Number(view.getBigUint64(take(8)));
      case 0xd0: return view.getInt8(take(1));
      case 0xd1: return view.getInt16(take(2));
      case 0xd2: return view.getInt32(take(4));
      case 0xd3: return Number(view.getBigInt64(take(8)));
      case 0xd9: return text(unsigned(1));
      case 0xda: return text(unsigned(2));
      case 0xdb: return text(unsigned(4));
      case 0xdc: return list(unsigned(2));
      case 0xdd: return list(unsigned(4));
      case 0xde: return map(unsigned(2));
      case 0xdf: return map(unsigned(4));
      default: throw new Error(`MessagePack has no value that begins with byte ${head}, or one that metadata does not use`);
    }
  };

  const whole = value();
  if (at !== bytes.length) throw new Error(`MessagePack has ${bytes.length - at} bytes behind its value`);
  return whole;
};
