/** What a user can meet anywhere: a disk that is full, a folder that may not be written. Everything else that the system says is a bug of whoever did not expect it. */
import type { Failure } from '@loopsmith/util';
import { writeFailure } from './files.js';

const causes: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM']);

/** Null for an error that has another cause. */
export const systemFailure = (error: unknown): Failure | null => {
  if (!(error instanceof Error)) return null;
  const { code, path } = error as NodeJS.ErrnoException;
  return causes.has(code) ? writeFailure(path ?? 'a file', error) : null;
};
