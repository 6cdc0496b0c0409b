/** Names of workers on this machine: one process each, so that an outbox has one writer. A process that died leaves its name, and its outbox, to the next. */
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { takeLock } from '../process-lock.js';

export interface ClaimedName { readonly name: string; readonly folder: string; release(): void }

/** A name that was not `chosen` by the user gets a number that is free. */
export const claimName = (parent: string, wanted: string, chosen: boolean): Outcome<ClaimedName> => {
  for (let n = 1; ; n++) {
    const name = chosen ? wanted : `${wanted}-${n}`, folder = join(parent, name), lock = join(folder, 'pid');
    mkdirSync(folder, { recursive: true });
    // the place of a name that comes back in a new container is not kept for the old one, which is gone
    const held = takeLock(lock, true);
    if (held.taken) return succeed({ name, folder, release: held.release });
    if (chosen)
      return fail({
        code: 'worker-name',
        stage: 'cluster',
        message: `a worker named "${name}" runs already (process ${held.holder.process}); stop it, or choose another --name`,
      });
  }
};
