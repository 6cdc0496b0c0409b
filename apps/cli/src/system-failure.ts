/**
 * What a user can meet anywhere: a disk that is full, a file or folder that may not be read or written, too many open files. Everything else that the system says is a bug
 * of whoever did not expect it.
 */
import type { Failure } from '@loopsmith/util';
import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { readFailure, writeFailure } from './files.js';
import { openFilesFault } from './platform.js';
import { defaults } from './plugins.js';

/** Nobody meets these by reading. */
const unwritable: ReadonlySet<string | undefined> = new Set(['ENOSPC', 'EDQUOT', 'EROFS']);
const absent: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);
const denied: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);
/** Calls of the system by what they are for; `open` is for both. */
const reads: ReadonlySet<string | undefined> = new Set(['read', 'scandir', 'opendir', 'stat', 'lstat', 'readlink', 'realpath']);
const writes: ReadonlySet<string | undefined> = new Set([
  'write', 'mkdir', 'mkdtemp', 'rename', 'unlink', 'rm', 'rmdir', 'copyfile', 'link', 'symlink', 'ftruncate', 'fsync', 'fdatasync', 'chmod', 'chown',
]);

/** Null for an error that has another cause. */
export const systemFailure = (error: unknown): Failure | null => {
  if (!(error instanceof Error)) return null;
  const { code, syscall, message, path = 'a file' } = error as NodeJS.ErrnoException;
  const tooMany = openFilesFault(error);
  if (tooMany !== null) return { code: 'file-unreadable', stage: 'files', text: message, message: tooMany };
  if ((absent.has(code) || denied.has(code) || code === 'EROFS') && (syscall === 'mkdir' || syscall === 'mkdtemp') && isTemporary(path))
    return { code: 'file-unwritable', stage: 'files', text: message, message: `no folder can be made in ${tmpdir()} (${code}); set TMPDIR to a folder that exists and that you may write` };
  if (unwritable.has(code) && (error as NodeJS.ErrnoException).path !== undefined) return writeFailure(path, error);
  // a write to a file that is open already names none
  if (unwritable.has(code))
    return { code: 'file-unwritable', stage: 'files', text: message, message: `a file cannot be written (${code}): the disk of the output, of ${defaults.state} or of ${tmpdir()} takes no more; make room there, name a place on another one, or set TMPDIR` };
  // Node says ENOENT of a folder that it cannot make, also where nothing may be written
  if (absent.has(code) && syscall === 'mkdir') return writeFailure(path, error);
  if (!denied.has(code)) return null;
  if (reads.has(syscall)) return readFailure(path, error);
  if (writes.has(syscall)) return writeFailure(path, error);
  if (syscall !== 'open') return null;
  return { code: 'file-unreadable', stage: 'files', text: message, message: `${path} cannot be opened (${code}); give a file you may read, in a place where you may write` };
};

/** The system's folder for temporary files, and what Loopsmith makes in it: nobody named either on the command line. */
const isTemporary = (path: string): boolean => path === tmpdir() || (dirname(path) === tmpdir() && basename(path).startsWith('loopsmith-'));
