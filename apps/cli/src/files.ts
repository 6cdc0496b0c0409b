/** Reading and writing where the user said: what the system refuses becomes a Failure that names the path as it was given. */
import { refuse, type Failure } from '@loopsmith/util';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What the system's refusal to read `shown` means; null for an error that is none of the system's. */
export const readFailure = (shown: string, error: unknown): Failure | null => {
  if (!(error instanceof Error) || !('syscall' in error)) return null;
  const { code, message } = error as NodeJS.ErrnoException;
  return {
    code: 'file-unreadable',
    stage: 'files',
    text: message,
    message: code === 'EISDIR' ? `${shown} is a folder; give a file` : `${shown} cannot be read (${code}); give a file you may read`,
  };
};

/** `absent`: what is refused where there is nothing. */
export const reading = <T>(shown: string, absent: Failure, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException, failure = code === 'ENOENT' || code === 'ENOTDIR' ? absent : readFailure(shown, error);
    if (failure === null) throw error;
    return refuse(failure);
  }
};
export const readBytes = (folder: string, shown: string, absent: Failure): Buffer => reading(shown, absent, () => readFileSync(resolve(folder, shown)));

/** What the system's refusal to write `shown` means; null for an error that is none of the system's. */
export const writeFailure = (shown: string, error: unknown): Failure | null => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) return null;
  const full = code === 'ENOSPC' || code === 'EDQUOT', taken = code === 'EEXIST' ? 'a file; give a folder' : code === 'EISDIR' ? 'a folder; give a file' : null;
  return {
    code: 'file-unwritable',
    stage: 'files',
    text: message,
    message: taken !== null ? `${shown} is ${taken}` : `${shown} cannot be written (${code}); ${full ? 'the disk is full: make room there, or name a place on another one' : 'name a place that exists and that you may write'}`,
  };
};

/** Work that the system may refuse. */
export const writing = <T>(shown: string, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    const failure = writeFailure(shown, error);
    if (failure === null) throw error;
    return refuse(failure);
  }
};

/** What cannot be written whole is not there afterwards, unless something was before. */
export const writeBytes = (folder: string, shown: string, bytes: Uint8Array | string): void => writing(shown, () => {
  const path = resolve(folder, shown), there = existsSync(path);
  try {
    writeFileSync(path, bytes);
  } catch (error) {
    if (!there) rmSync(path, { force: true });
    throw error;
  }
});
export const makeFolder = (folder: string, shown: string): void => writing(shown, () => makePath(resolve(folder, shown)));
/** Folder by folder: Node's own way never ends where a folder is there and takes none, as `/proc` does. */
export const makePath = (path: string): void => {
  if (isFolder(path)) return;
  if (!existsSync(dirname(path))) makePath(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // another process may have made it since
    if (!isFolder(path)) throw error;
  }
};
const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();
/** Refuses a file that could not be written after the work is done. Changes nothing. */
export const expectWritable = (folder: string, shown: string): void => writing(shown, () => {
  const path = resolve(folder, shown);
  accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
});
