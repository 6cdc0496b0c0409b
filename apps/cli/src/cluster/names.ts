/** Names of workers on this machine: one process each, so that an outbox has one writer. A process that died leaves its name, and its outbox, to the next. */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClaimedName { readonly name: string; readonly folder: string; release(): void }

/** A name that was not `chosen` by the user gets a number that is free. */
export const claimName = (parent: string, wanted: string, chosen: boolean): Outcome<ClaimedName> => {
  for (let n = 1; ; n++) {
    const name = chosen ? wanted : `${wanted}-${n}`, folder = join(parent, name), lock = join(folder, 'pid');
    mkdirSync(folder, { recursive: true });
    const holder = Number(read(lock));
    if (holder > 0 && holder !== process.pid && alive(holder)) {
      if (chosen) return fail({ code: 'worker-name', stage: 'cluster', message: `a worker named "${name}" runs already (process ${holder}); stop it, or choose another --name` });
      continue;
    }
    if (holder > 0) rmSync(lock, { force: true });
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
    } catch {
      // another process took it at this very moment
      if (chosen) n--;
      continue;
    }
    return succeed({ name, folder, release: () => rmSync(lock, { force: true }) });
  }
};

const read = (path: string): string => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    // one that was killed and not yet waited for is no worker any more
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};
