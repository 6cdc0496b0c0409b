/**
 * Where programs that are built once are kept from run to run: below the folder for temporary files, one folder a user. What lies there is run, so a
 * folder that somebody else made, or may write to, is refused. Builds nothing.
 */
import { lstatSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail, succeed, type Outcome } from '@loopsmith/util';

/** Candidates that came over the network run as this user: what one of them left would be run by the next worker. */
const nobody = 65_534;

/** Of `nobody`, by the folder that it lies in. */
const ofThisProcess = new Map<string, string>();

/**
 * The folder of this user for `name`, which may not be there yet. Of a folder that all users share, whoever came second could write nothing into it;
 * in one that another user made first, that user's programs would be run. The user nobody has one for each process.
 */
export const keptPrograms = (name: string, { parent = tmpdir(), user = process.geteuid!() } = {}): Outcome<string> => {
  if (user === nobody) return succeed(join(folderOfThisProcess(parent), name));
  const folder = join(parent, `loopsmith-${user}`);
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(folder);
  const fault = found.isSymbolicLink()
    ? 'is a link'
    : !found.isDirectory()
      ? 'is no folder'
      : found.uid !== user
        ? `belongs to user ${found.uid}`
        : (found.mode & 0o077) !== 0
          ? `is open to other users (mode ${(found.mode & 0o777).toString(8)})`
          : null;
  if (fault === null) return succeed(join(folder, name));
  return fail({
    code: 'folder-untrusted',
    stage: 'files',
    message: `${folder} ${fault}, and Loopsmith would run the programs in it: it has to be a folder of user ${user} with mode 700; remove it, or set TMPDIR to a folder of your own`,
  });
};

const folderOfThisProcess = (parent: string): string => {
  const known = ofThisProcess.get(parent);
  if (known !== undefined) return known;
  const made = mkdtempSync(join(parent, `loopsmith-${nobody}-`));
  process.once('exit', () => rmSync(made, { recursive: true, force: true }));
  ofThisProcess.set(parent, made);
  return made;
};
