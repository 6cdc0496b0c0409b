/**
 * Where a run keeps what only it needs, its kernels and the values they read: a folder of its own, gone when the run ends. What outlives
 * runs, compiled references, lies beside it and is small. Builds nothing.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockState, takeLock } from './process-lock.js';

/** Of runs, and of whoever measured without such a folder. */
const name = /^(?:kernels|values)(?:-|$)/;
/** A folder without a lock was made a moment ago, or by a release that knew none. */
const YOUNG_MS = 3_600_000;

/** Folders of runs that were killed are removed first. Two runs never share one, be they of one process or of two containers. */
export const withCandidateFolder = async <T>(directory: string, work: (folder: string) => Promise<T>): Promise<T> => {
  mkdirSync(directory, { recursive: true });
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory() && name.test(entry.name) && isLeft(join(directory, entry.name)))
      rmSync(join(directory, entry.name), { recursive: true, force: true });
  const folder = mkdtempSync(join(directory, 'kernels-')), lock = takeLock(lockOf(folder));
  try {
    return await work(folder);
  } finally {
    if (lock.taken) lock.release();
    rmSync(folder, { recursive: true, force: true });
  }
};

const lockOf = (folder: string): string => join(folder, 'lock');

const isLeft = (folder: string): boolean => {
  const state = lockState(lockOf(folder));
  if (state !== 'none') return state === 'left';
  try {
    return Date.now() - statSync(folder).mtimeMs > YOUNG_MS;
  } catch {
    // gone meanwhile: its run has ended
    return false;
  }
};
