/**
 * A file that says which process holds something. Taken whole or not at all, and left to the next by a holder that died. Of a process of this
 * machine the system tells; one elsewhere, on another machine or in another container with the same folder, shows that it lives by touching its file.
 */
import { shortHash } from '@loopsmith/util';
import { appendFileSync, linkSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

/** `process`: its number, where it runs. `here`: on this machine, in this container. */
export interface Holder { readonly process: number; readonly here: boolean; readonly mine: boolean }
export type Lock = { readonly taken: true; release(): void } | { readonly taken: false; readonly holder: Holder };

/** A holder elsewhere touches its file so often, and counts as dead when it has not for so long. */
const BEAT_MS = 20_000;
export const QUIET_MS = 120_000;

/**
 * Takes the lock at a path whose folder is there. Of this process too it is held once only. `apart`: a holder elsewhere counts as dead at once.
 * Throws what the system says of the folder.
 */
export const takeLock = (path: string, apart = false): Lock => {
  for (;;) {
    const words = read(path);
    if (words !== null && lives(path, words, apart)) return { taken: false, holder: holderOf(words) };
    // another process may take it at this very moment
    if (replaced(path, words)) return { taken: true, release: kept(path) };
  }
};

/** `none`: nobody ever took it, or its holder gave it back. */
export const lockState = (path: string): 'held' | 'left' | 'none' => {
  const words = read(path);
  return words === null ? 'none' : lives(path, words) ? 'held' : 'left';
};

const kept = (path: string): (() => void) => {
  const own = self(), mine = (): boolean => read(path)?.startsWith(own) === true;
  const touch = (): void => {
    // a disk that is full for a while may cost the lock, and is no reason to end what holds it
    try { if (mine()) appendFileSync(path, '\n'); } catch { /* the next touch may succeed */ }
  };
  const beat = setInterval(touch, BEAT_MS).unref();
  return () => {
    clearInterval(beat);
    if (mine()) rmSync(path, { force: true });
  };
};

const lives = (path: string, words: string, apart = false): boolean => {
  const [pid, start, where] = words.trim().split(' ');
  if (where === undefined || where === place()) return processOf(pid!) === `${pid} ${start}`;
  if (apart) return false;
  // both times are the file system's, whose clock need not be ours
  const probe = `${path}.${process.pid}.now`;
  writeFileSync(probe, '');
  try {
    return statSync(probe).mtimeMs - statSync(path).mtimeMs < QUIET_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  } finally {
    rmSync(probe, { force: true });
  }
};

const holderOf = (words: string): Holder => {
  const [pid, , where] = words.trim().split(' ');
  return { process: Number(pid), here: where === undefined || where === place(), mine: words.startsWith(self()) };
};

/**
 * Takes the lock from a holder that is dead, or from none. False when another process was faster. Of several that find one dead holder, only who has the
 * lock on its succession puts its own words in that one's place: none of them ever moves a lock that lives.
 */
const replaced = (path: string, dead: string | null): boolean => {
  const own = `${path}.${process.pid}`;
  // linked into place whole: a process that is killed here leaves no lock that is half written
  try {
    writeFileSync(own, self());
  } catch (error) {
    // a disk that is full takes the name and no words
    rmSync(own, { force: true });
    throw error;
  }
  try {
    if (dead !== null) return succeeded(path, dead, own);
    linkSync(own, path);
    return true;
  } catch (error) {
    if (['EEXIST', 'ENOENT'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
};

/** `own`: a file with the words that are to stand at the path. */
const succeeded = (path: string, dead: string, own: string): boolean => {
  const succession = takeLock(`${path}.after-${shortHash(dead)}`);
  if (!succession.taken) return false;
  try {
    if (read(path) !== dead) return false;
    renameSync(own, path);
    return true;
  } finally {
    succession.release();
  }
};

const read = (path: string): string | null => { try { return readFileSync(path, 'utf8'); } catch { return null; } };
/** A process by its number and the time of its start, for numbers are given again: `4711 123456`. Null when there is none. */
const processOf = (pid: string): string | null => {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // the name of the program stands in parentheses and may hold anything; the state follows, the start is 19 fields on
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // one that was killed and not yet waited for holds nothing any more
  return fields[0] === 'Z' ? null : `${pid} ${fields[19]}`;
};
const self = (): string => `${processOf(String(process.pid))!} ${place()}`;
/** Where numbers of processes mean the same: one start of one machine, and in it one container. */
let here: string | undefined;
const place = (): string => here ??= shortHash(`${read('/proc/sys/kernel/random/boot_id') ?? ''} ${readlinkSync('/proc/self/ns/pid')}`);
