/**
 * Snappy's raw format, unpacked: a length, then literals and copies of what is already there. Source: google/snappy,
 * format_description.txt. Nothing is compressed here.
 */

/** A copy of 64 bytes takes 2 bytes at least, so no stream grows by more. */
const largestRatio = 64;

/** The unpacked bytes, or undefined where the stream is damaged. */
export const unpackSnappy = (packed: Uint8Array): Uint8Array | undefined => {
  let at = 0, length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = packed[at++];
    if (byte === undefined || shift > 28) return undefined;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (length > packed.length * largestRatio) return undefined;
  const out = new Uint8Array(length);
  let filled = 0;
  const littleEndian = (width: number): number => {
    let value = 0;
    for (let i = 0; i < width; i++) value += (packed[at + i] ?? 0) * 256 ** i;
    at += width;
    return value;
  };
  while (at < packed.length) {
    const tag = packed[at++]!, kind = tag & 3;
    if (kind === 0) {
      const short = tag >> 2, size = 1 + (short < 60 ? short : littleEndian(short - 59));
      if (at + size > packed.length || filled + size > length) return undefined;
      out.set(packed.subarray(at, at + size), filled);
      at += size;
      filled += size;
      continue;
    }
    const size = kind === 1 ? 4 + ((tag >> 2) & 7) : 1 + (tag >> 2);
    const offset = kind === 1 ? ((tag >> 5) << 8) + littleEndian(1) : littleEndian(kind === 2 ? 2 : 4);
    if (at > packed.length || offset === 0 || offset > filled || filled + size > length) return undefined;
    // byte by byte: a copy may read what it has just written
    for (const end = filled + size; filled < end; filled++) out[filled] = out[filled - offset]!;
  }
  return filled === length ? out : undefined;
};
