// The folders of this workspace's packages, as npm finds them. It reads package.json and nothing of the packages.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The folders that the `workspaces` of `root`'s package.json mean, from `root` on; only `*` is understood, as npm workspaces here use no more. */
export function workspaceFolders(root) {
  const expand = (base, part) => {
    if (part !== '*') return [join(base, part)];
    if (!existsSync(join(root, base))) return [];
    return readdirSync(join(root, base), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
      .map((entry) => join(base, entry.name))
      .sort();
  };
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).workspaces
    .flatMap((pattern) => pattern.split('/').reduce((found, part) => found.flatMap((base) => expand(base, part)), ['']))
    .filter((folder) => existsSync(join(root, folder, 'package.json')));
}
