/** Where small programs that are built once are kept from run to run: below the folder for temporary files, one folder a user. Makes nothing. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The folder of this user for `name`. Of a folder that all users share, whoever came second could write nothing into it. */
export const keptPrograms = (name: string, user: number | undefined = process.geteuid?.()): string =>
  join(tmpdir(), ['loopsmith', name, ...(user === undefined ? [] : [String(user)])].join('-'));
