/** Opens a compiled folder as a session, by the hardware plugin that its manifest names. Compiles nothing. */
import type { Session } from '@loopsmith/contracts';
import { readManifest } from '@loopsmith/runtime';
import { refuse, unwrap } from '@loopsmith/util';
import { resolve } from 'node:path';
import { openHost } from './compiler.js';
import type { World } from './world.js';

/** `threads` 0: the number the library was compiled for. */
export const openFolder = async (world: World, folder: string, threads: number, plugins: readonly string[]): Promise<Session> => {
  const directory = resolve(world.folder, folder);
  const { target } = unwrap(await readManifest(directory));
  const hardware = await (await openHost(world, plugins)).hardware.get(target.split(':')[0]!);
  if (!hardware.ok)
    return refuse({
      code: 'plugin-missing',
      stage: 'run',
      message: `${folder} was compiled for ${target}: ${hardware.failure.message}; name its plugin with --plugin`,
    });
  return unwrap(await hardware.value.session(directory, threads));
};

/** Works with a session and closes it, however the work ends. */
export const withSession = async <T>(opening: Promise<Session>, work: (session: Session) => Promise<T>): Promise<T> => {
  const session = await opening;
  try {
    return await work(session);
  } finally {
    await session.close();
  }
};
