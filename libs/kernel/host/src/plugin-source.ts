/** A user's plugin by path (`./mine.js`, absolute) or by package name, seen from a folder. Loads nothing until the host asks. */
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginSource } from './host.js';

export const pluginSource = (name: string, folder: string): PluginSource => ({
  name,
  load: async () => (await import(locate(name, folder))) as Awaited<ReturnType<PluginSource['load']>>,
});

const locate = (name: string, folder: string): string => {
  if (isAbsolute(name) || name.startsWith('./') || name.startsWith('../')) return pathToFileURL(resolve(folder, name)).href;
  // packages are looked up from the user's folder, not from where Loopsmith is installed
  return pathToFileURL(createRequire(join(folder, 'plugins.js')).resolve(name)).href;
};
