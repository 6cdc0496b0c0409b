/** CRC-32C (Castagnoli), as TensorFlow's checkpoints and tables carry it, masked so that a checksum of checksums differs. */

const tables: readonly Uint32Array[] = (() => {
  const first = Uint32Array.from({ length: 256 }, (_, i) => {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
    return value;
  });
  const all = [first];
  for (let i = 1; i < 8; i++) all.push(all[i - 1]!.map((value) => (value >>> 8) ^ first[value & 255]!));
  return all;
})();

/** Eight bytes a step (Kounavis and Berry, "A Systematic Approach to Building High Performance Software-based CRC Generators", 2005). */
export const crc32c = (bytes: Uint8Array): number => {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = 0xffffffff, at = 0;
  for (const end = bytes.length - 7; at < end; at += 8) {
    crc = t7[(crc ^ bytes[at]!) & 255]! ^ t6[((crc >>> 8) ^ bytes[at + 1]!) & 255]! ^ t5[((crc >>> 16) ^ bytes[at + 2]!) & 255]! ^ t4[(crc >>> 24) ^ bytes[at + 3]!]!
      ^ t3[bytes[at + 4]!]! ^ t2[bytes[at + 5]!]! ^ t1[bytes[at + 6]!]! ^ t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!;
  return (crc ^ 0xffffffff) >>> 0;
};

/** What is stored for a checksum. */
export const masked = (crc: number): number => ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
