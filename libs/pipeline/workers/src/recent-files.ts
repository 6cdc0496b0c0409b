/** Files that stay as long as they are among the last ones used, so that the disk of a worker that runs for months does not fill. Makes none. */
import { rm } from 'node:fs/promises';

/** Says of a file that it is used now; the one that was not for longest is removed when there are more than `most`. */
export const recentFiles = (most: number): ((path: string) => Promise<void>) => {
  const paths = new Set<string>();
  return async (path) => {
    paths.delete(path);
    paths.add(path);
    for (const oldest of paths) {
      if (paths.size <= most) return;
      paths.delete(oldest);
      await rm(oldest, { force: true });
    }
  };
};

/** Libraries of one stage: far more than one request names, and some ten megabytes. */
export const LIBRARIES = 300;
