/** The user-mode emulator that stands in for an Arm processor: which one, as which core, whether it is here. Starts it only to ask for its version. */
import { execFile } from 'node:child_process';
import { dirname, resolve } from 'node:path';
import { promisify } from 'node:util';
import { programVersion } from '@loopsmith/codegen-c-family';
import type { Toolchain } from '@loopsmith/codegen-cpu';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import type { Architecture, ArmCpu } from './cpus.js';

export const emulators: Readonly<Record<Architecture, string>> = { aarch64: 'qemu-aarch64', armv7: 'qemu-arm' };
export const installEmulator = 'apt-get install qemu-user';

export interface Emulator {
  /** `qemu-aarch64 7.2.22`. */
  readonly how: string;
  readonly command: readonly string[];
}

/** Where a cross compiler has the C library of its target: what stands for `/` under the emulator. */
const libraryRoot = async ({ compiler, machine }: Toolchain): Promise<string> => {
  const { stdout } = await promisify(execFile)(compiler, [...machine, '-print-file-name=libc.so.6']);
  return dirname(dirname(resolve(stdout.trim())));
};

/**
 * `toolchain`: also finds what that links programs against, for those that are not static. An emulated core has no instruction that the real one
 * lacks: code for too new a core ends with SIGILL here too.
 */
export const findEmulator = async ({ name, architecture, emulator }: ArmCpu, toolchain?: Toolchain): Promise<Outcome<Emulator>> => {
  const program = emulators[architecture], version = await programVersion(program);
  if (version === null)
    return fail({
      code: 'emulator-missing',
      stage: 'run',
      message: `${program} is not installed or not on PATH, so code for arm-neon:${name} cannot run on this machine; install it (Debian: ${installEmulator}) or use the folder on a board, where \`./run\` needs nothing else`,
    });
  const root = toolchain && await libraryRoot(toolchain);
  return succeed({ how: version, command: [program, ...(emulator === null ? [] : ['-cpu', emulator]), ...(root === undefined ? [] : ['-L', root])] });
};
