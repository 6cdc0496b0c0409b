/** The checksum of TensorFlow's checkpoints and tables: CRC-32C (Castagnoli), masked so that a checksum of checksums differs. */
import { crc32c } from '@node-rs/crc32';

/** What is stored for these bytes. */
export const storedChecksum = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
};
