/**
 * Whether a shared library is whole, before the system loads it: from one that is cut off the loader reads beyond the end of the file, which ends the
 * process by a signal and says nothing. Knows no more of the file than where it ends; what else is wrong the loader says.
 */
import { open } from 'node:fs/promises';

/** Of an ELF file of 64 bits, as the platforms have them that Loopsmith runs on: where the table of sections stands, which linkers write last, and how long it is. */
const header = { bytes: 64, sectionsAt: 0x28, sectionBytes: 0x3a, sections: 0x3c } as const;

/** What is wrong, as `is truncated: ...`, or null, also for what is no ELF file. Throws what the system says of a file that cannot be read. */
export const cutOff = async (path: string): Promise<string | null> => {
  const file = await open(path);
  try {
    const { size } = await file.stat(), { buffer, bytesRead } = await file.read(Buffer.alloc(header.bytes), 0, header.bytes, 0);
    if (bytesRead < header.bytes || buffer.readUInt32BE(0) !== 0x7f454c46) return null;
    const expected = Number(buffer.readBigUInt64LE(header.sectionsAt)) + buffer.readUInt16LE(header.sectionBytes) * buffer.readUInt16LE(header.sections);
    return size < expected ? `is truncated: it has ${size} bytes where ${expected} are expected; copy it again` : null;
  } finally {
    await file.close();
  }
};
