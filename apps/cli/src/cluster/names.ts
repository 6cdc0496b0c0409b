/** Names of workers on this machine: one process each, so that an outbox has one writer. A process that died leaves its name, and its outbox, to the next. */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ClaimedName { readonly name: string; readonly folder: string; release(): void }

/** A name that was not `chosen` by the user gets a number that is free. */
export const claimName = (parent: string, wanted: string, chosen: boolean): Outcome<ClaimedName> => {
  for (let n = 1; ; n++) {
    const name = chosen ? wanted : `${wanted}-${n}`, folder = join(parent, name), lock = join(folder, 'pid');
    mkdirSync(folder, { recursive: true });
    const holder = read(lock);
    if (holder !== null && holder !== self() && alive(holder)) {
      if (chosen) return fail({ code: 'worker-name', stage: 'cluster', message: `a worker named "${name}" runs already (process ${holder.split(' ')[0]}); stop it, or choose another --name` });
      continue;
    }
    if (!taken(lock, holder)) {
      // another process took it at this very moment
      if (chosen) n--;
      continue;
    }
    return succeed({ name, folder, release: () => rmSync(lock, { force: true }) });
  }
};

/** Takes the lock from a holder that is dead, or from none. False when another process was faster. */
const taken = (lock: string, dead: string | null): boolean => {
  const own = `${lock}.${process.pid}`, old = `${own}.old`;
  // linked into place whole: a process that is killed here leaves no lock that is half written
  writeFileSync(own, self());
  try {
    if (dead !== null) {
      renameSync(lock, old);
      // of several that found the dead holder, the first has put its own lock there
      if (read(old) !== dead) {
        linkSync(old, lock);
        return false;
      }
    }
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
    rmSync(old, { force: true });
  }
};

const read = (path: string): string | null => { try { return readFileSync(path, 'utf8'); } catch { return null; } };
/** A process by its number and the time of its start, for numbers are given again: `4711 123456`. Null when there is none. */
const processOf = (pid: string): string | null => {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // the name of the program stands in parentheses and may hold anything; the state follows, the start is 19 fields on
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // one that was killed and not yet waited for is no worker any more
  return fields[0] === 'Z' ? null : `${pid} ${fields[19]}`;
};
const self = (): string => processOf(String(process.pid))!;
const alive = (holder: string): boolean => processOf(holder.split(' ')[0]!) === holder;
