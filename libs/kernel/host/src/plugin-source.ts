/** A user's plugin by path (`./mine.js`, `./mine`, absolute) or by package name, seen from a folder. Loads nothing until the host asks. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { PluginSource } from './host.js';

export const pluginSource = (name: string, folder: string): PluginSource => ({
  name,
  load: async () => {
    const file = locate(name, folder);
    try {
      return (await import(file)) as Awaited<ReturnType<PluginSource['load']>>;
    } catch (error) {
      // Node takes a .js file for CommonJS where the package.json above it says so, as that of `npm init` does
      if (!(error instanceof SyntaxError) || !file.endsWith('.js') || !error.message.includes('import statement outside a module')) throw error;
      throw new Error(`${error.message}: Node takes it for CommonJS; call it .mjs, or write "type": "module" into the package.json beside it`, { cause: error });
    }
  },
});

/** Packages are looked up from the user's folder, not from where Loopsmith is installed. */
const locate = (name: string, folder: string): string => {
  try {
    return pathToFileURL(createRequire(join(folder, 'plugins.js')).resolve(name)).href;
  } catch (error) {
    // a package that is there and cannot be entered is told of in Node's words
    if (isAbsolute(name) || name.startsWith('.') || (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error(existsSync(resolve(folder, name))
      ? `no package has this name; a path begins with ./, as ./${name} does`
      : `no package has this name in ${folder}; install it there with npm, or give a path that begins with ./`);
  }
};
