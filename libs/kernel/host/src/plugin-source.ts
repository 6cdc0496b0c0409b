/** A user's plugin by path (`./mine.js`, `./mine`, absolute) or by package name, seen from a folder. Loads nothing until the host asks. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginSource } from './host.js';

export const pluginSource = (name: string, folder: string): PluginSource => ({
  name,
  load: async () => (await import(locate(name, folder))) as Awaited<ReturnType<PluginSource['load']>>,
});

/** Packages are looked up from the user's folder, not from where Loopsmith is installed. */
const locate = (name: string, folder: string): string => {
  try {
    return pathToFileURL(createRequire(join(folder, 'plugins.js')).resolve(name)).href;
  } catch (error) {
    if (isAbsolute(name) || name.startsWith('.') || !existsSync(resolve(folder, name))) throw error;
    throw new Error(`no package has this name; a path begins with ./, as ./${name} does`);
  }
};
