/** Aligned copies out of byte views. Buffers from files and protobuf sit at odd offsets; typed arrays refuse those. No domain words. */

/** The bytes in a fresh, aligned ArrayBuffer that belongs to nobody else. */
export const alignedCopy = (bytes: Uint8Array): ArrayBuffer => {
  const copy = new ArrayBuffer(bytes.byteLength);
  new Uint8Array(copy).set(bytes);
  return copy;
};
