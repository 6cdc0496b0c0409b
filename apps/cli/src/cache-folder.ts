/** Where what was fetched is kept for every folder of this user. Makes nothing. */
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { defaults } from './plugins.js';
import type { World } from './world.js';

/** By XDG's rules one that is not absolute does not count. A user without a home, as in some containers, has it below the current folder. */
export const cacheFolder = ({ environment, folder }: Pick<World, 'environment' | 'folder'>, home: () => string = homedir): string => {
  const given = environment['XDG_CACHE_HOME'] ?? '';
  if (isAbsolute(given)) return join(given, 'loopsmith');
  const own = homeOf(home);
  return own === null ? resolve(folder, defaults.state, 'cache') : join(own, '.cache', 'loopsmith');
};

/** The system throws for a user whom it does not know. */
const homeOf = (home: () => string): string | null => {
  try {
    const path = home();
    return isAbsolute(path) ? path : null;
  } catch {
    return null;
  }
};
