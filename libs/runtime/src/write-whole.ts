/** A file is written whole or not at all, and what the system answers when it cannot be is a failure of the place. Decides nowhere whether to try again. */
import { rm, writeFile } from 'node:fs/promises';
import { fail, type Outcome } from '@loopsmith/util';

/** Rejects as `writeFile` does; what was written until then is removed, for on a full disk it takes the room of others. */
export const writeWhole = async (path: string, bytes: Uint8Array): Promise<void> => {
  try {
    await writeFile(path, bytes);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
};

/** Answers errors of the system with a failure that names the folder; throws every other error again, which is a bug. */
export const unwritten = (directory: string) => (error: unknown): Outcome<never> => {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) throw error;
  return fail({
    code: 'file-unwritable',
    stage: 'measure',
    message: `values that a kernel reads cannot be written to ${directory} (${code}); ${code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full: make room there' : 'it must be there and writable'}`,
    text: message,
  });
};
