/** The checksum of TensorFlow's checkpoints and tables: CRC-32C (Castagnoli), masked so that a checksum of checksums differs. */
import { createRequire } from 'node:module';
import type * as Crc32 from '@node-rs/crc32';
import { onDemand } from '@loopsmith/util';

/** By `require`, since Node looks through a CommonJS file for its exports before it imports it, which takes longer than to load it. */
const crc32 = onDemand(() => createRequire(import.meta.url)('@node-rs/crc32') as typeof Crc32);

/** What is stored for these bytes. */
export const storedChecksum = (bytes: Uint8Array): number => {
  const crc = crc32().crc32c(bytes);
  return ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;
};
