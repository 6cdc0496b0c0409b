/**
 * Where a run keeps the kernels it builds: a folder of its own, gone when the run ends. What outlives runs, the measuring
 * program and compiled references, lies beside it and is small. Builds nothing.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const name = /^kernels-(\d+)$/;

/** `isAlive`: whether a process still runs. Folders of runs that were killed are removed first. */
export const withCandidateFolder = async <T>(directory: string, work: (folder: string) => Promise<T>, isAlive: (pid: number) => boolean = runs): Promise<T> => {
  mkdirSync(directory, { recursive: true });
  for (const entry of readdirSync(directory)) {
    const [, pid] = name.exec(entry) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(directory, entry), { recursive: true, force: true });
  }
  const folder = join(directory, `kernels-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

const runs = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // somebody else's process is alive too
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
