// Where things lie on disk while the tests run: the repository and the folder of models beside it.
// It only names places; whether something is there is asked with needs().
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error(`no nx.json above ${fileURLToPath(import.meta.url)}: tests run in a checkout only`);
    folder = parent;
  }
  return folder;
}

const root = findRoot();

/** A path inside the repository. */
export function repository(...parts: string[]): string {
  return join(root, ...parts);
}

/** A path inside `../shared`, the folder of models and conformance cases that lies beside the repository. */
export function shared(...parts: string[]): string {
  return join(root, '..', 'shared', ...parts);
}
