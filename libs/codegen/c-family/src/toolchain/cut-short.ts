/** Whether the system ended a compiler, and not the source it was given: a full disk, a process that was killed. Knows compilers by their words alone. */
import type { ProcessResult } from './run-process.js';

/** In words, with the way out; null where it was the source. One that crashes, or asks its allocator for more than its own limit, does so because of its source. */
export const cutShort = ({ end, text }: Pick<ProcessResult, 'end' | 'text'>): string | null => {
  if (/No space left on device|Disk quota exceeded/.test(text)) return fullDisk;
  const killed = end === 'signal' ? /SIGKILL|the process that starts others/.test(text) : /Killed signal terminated program/.test(text);
  return killed ? 'the system ended it, as it does when memory runs out; close other programs' : null;
};
export const fullDisk = 'the disk is full; make room where kernels and libraries are built, and for temporary files';
