/**
 * Models, tasks, kernels, libraries by the SHA-256 of their bytes, in a folder that all workers of a cluster can reach. What is
 * read is checked against its name: a damaged file is as good as a missing one. Nothing is ever changed; nothing is ever thrown away.
 */
import { fail, sha256, succeed, type Outcome } from '@loopsmith/util';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sha256 } from './messages.js';

export interface ArtifactStore {
  /** Durable when it resolves. */
  put(content: string | Uint8Array): Promise<Sha256>;
  /** A Failure of code `artifact-missing` or `artifact-damaged`. */
  get(name: Sha256): Promise<Outcome<Uint8Array>>;
  getText(name: Sha256): Promise<Outcome<string>>;
}

/** Bytes. */
const SMALL = 1 << 18;

export const openArtifactStore = (folder: string): ArtifactStore => {
  const pathOf = (name: Sha256): string => join(folder, name.slice(0, 2), name);
  let temporary = 0;
  const get = async (name: Sha256): Promise<Outcome<Uint8Array>> => {
    const path = pathOf(name);
    try {
      // a kernel or a task is read in less time than it takes to hand it to another thread four times
      const bytes = statSync(path).size < SMALL ? readFileSync(path) : await readFile(path);
      return sha256(bytes) === name
        ? succeed(bytes)
        : fail({
            code: 'artifact-damaged',
            stage: 'store',
            message: `${path} does not hold what its name says; remove it, and it will be made again`,
          });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      return fail({
        code: 'artifact-missing',
        stage: 'store',
        message: `${name} is not in the artifact store ${folder} (${code}); every worker and every \`tune --brokers\` must name the same store with --store`,
      });
    }
  };
  return {
    get,
    getText: async (name) => {
      const bytes = await get(name);
      return bytes.ok ? succeed(Buffer.from(bytes.value).toString('utf8')) : bytes;
    },
    put: async (content) => {
      const name = sha256(content), path = pathOf(name);
      if (existsSync(path) && (await get(name)).ok) return name;
      const made = await mkdir(dirname(path), { recursive: true }), fresh = `${path}.${process.pid}-${temporary++}`;
      try {
        await writeFile(fresh, content, { flush: true });
        await rename(fresh, path);
      } catch (error) {
        // nothing would ever remove a part of it, and every try leaves another
        await rm(fresh, { force: true });
        throw error;
      }
      // the bytes are on the disk; their name is when its folder is, and that folder's when the one above it is
      await sync(dirname(path));
      if (made !== undefined) await sync(folder);
      return name;
    },
  };
};

const sync = async (folder: string): Promise<void> => {
  const names = await open(folder, 'r');
  try {
    await names.sync();
  } catch (error) {
    // some file systems of a network know no such thing: there a name is as durable as it gets
    if ((error as NodeJS.ErrnoException).code !== 'EINVAL') throw error;
  } finally {
    await names.close();
  }
};
