/**
 * Files that are made once per path, which names their content: whoever asks while one is being made waits for it, and another
 * process that makes the same sees all of it or nothing. Knows no compiler.
 */
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { succeed, type Outcome } from '@loopsmith/util';

const making = new Map<string, Promise<Outcome<string>>>();

/**
 * The path, once the file is there. `make` is called when it is not: it writes into an empty folder beside the path, which is gone
 * afterwards with all that is left in it, and answers where the file lies that moves to the path. What failed is made again when it
 * is next asked for.
 */
export const builtOnce = (path: string, make: (folder: string) => Promise<Outcome<string>>): Promise<Outcome<string>> => {
  let made = making.get(path);
  if (!made) making.set(path, made = build(path, make).finally(() => making.delete(path)));
  return made;
};

const build = async (path: string, make: (folder: string) => Promise<Outcome<string>>): Promise<Outcome<string>> => {
  try { await access(path); return succeed(path); } catch { /* not made yet */ }
  await mkdir(dirname(path), { recursive: true });
  const folder = await mkdtemp(`${path}.`);
  try {
    const made = await make(folder);
    if (!made.ok) return made;
    await rename(made.value, path);
    return succeed(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
