/** Writing where the user said: what the system refuses becomes a Failure that names the path as it was given. */
import { refuse } from '@loopsmith/util';
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const refused = (shown: string, error: unknown): never => {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  return refuse({ code: 'file-unwritable', stage: 'files', message: `${shown} cannot be written (${code}); name a place that exists and that you may write`, text: message });
};

export const writeBytes = (folder: string, shown: string, bytes: Uint8Array): void => {
  try { writeFileSync(resolve(folder, shown), bytes); } catch (error) { refused(shown, error); }
};
export const makeFolder = (folder: string, shown: string): void => {
  try { mkdirSync(resolve(folder, shown), { recursive: true }); } catch (error) { refused(shown, error); }
};
