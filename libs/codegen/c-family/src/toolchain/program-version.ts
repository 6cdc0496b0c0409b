/** The version of a program by its own word, for what says `version X` when asked, or `LLD X` as LLVM's linker does. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** `qemu-aarch64 7.2.22`, or null when it is not here. */
export const programVersion = async (program: string): Promise<string | null> => {
  try {
    const { stdout } = await promisify(execFile)(program, ['--version']);
    return `${program} ${/(?:version|LLD) (\S+)/.exec(stdout)?.[1] ?? '(unknown version)'}`;
  } catch {
    return null;
  }
};
