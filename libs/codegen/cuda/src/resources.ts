/** What NVRTC and ptxas say of a kernel's registers, spills and shared memory, read from their log. Text in, figures out. */
import type { KernelResources } from '@loopsmith/contracts';

/** By kernel function. Lines as `ptxas info : Compiling entry function 'k' for 'sm_80'`, then stack and spills, then `Used 40 registers, used 1 barriers, 10496 bytes smem`. */
export const resourcesOf = (log: string): ReadonlyMap<string, KernelResources> => {
  const found = new Map<string, KernelResources>();
  let name: string | null = null, spilledBytes = 0;
  for (const line of log.split('\n')) {
    const entry = /Compiling entry function '(\w+)'/.exec(line);
    if (entry) { name = entry[1]!; spilledBytes = 0; }
    const spills = /(\d+) bytes spill stores, (\d+) bytes spill loads/.exec(line);
    if (spills) spilledBytes = Math.max(Number(spills[1]), Number(spills[2]));
    const used = /Used (\d+) registers/.exec(line);
    if (used && name !== null) found.set(name, { registers: Number(used[1]), spilledBytes, sharedBytes: Number(/(\d+) bytes smem/.exec(line)?.[1] ?? 0) });
  }
  return found;
};
