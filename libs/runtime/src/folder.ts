/** The manifest of a deployed folder, as far as whoever opens the folder needs it. Loads no library. */
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SessionTensor } from '@loopsmith/contracts';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { deployedFiles } from './deployed.js';

export interface DeployedManifest {
  /** `x86-avx:avx2`: id of the hardware plugin, a colon, the ISA. */
  readonly target: string;
  /** That it was compiled for. */
  readonly threads: number;
  readonly inputs: readonly SessionTensor[];
  readonly outputs: readonly SessionTensor[];
  /** SHA-256 of the model file. */
  readonly model?: string;
  readonly calls?: number;
  readonly tasks?: readonly { readonly task: string; readonly label: string; readonly calls: number; readonly schedule: string; readonly record: string | null }[];
  /** One per call, in order. `task`: position in `tasks`. */
  readonly layers?: readonly { readonly name: string; readonly task: number; readonly kernels: number; readonly flops: number; readonly bytes: number }[];
  readonly sizes?: { readonly weightBytes: number; readonly addedWeightBytes: number; readonly arenaBytes: number; readonly scratchBytes: number };
}

export const readManifest = async (directory: string): Promise<Outcome<DeployedManifest>> => {
  let text: string;
  try { text = await readFile(join(directory, deployedFiles.manifest), 'utf8'); } catch (error) {
    const missing = (what: string): Outcome<never> => fail({ code: 'library-missing', stage: 'run', message: `${what}; give a folder that \`loopsmith compile\` wrote` });
    // what the path names, since a model is given here as easily as its folder
    const path = await stat(directory).catch(() => null);
    if (path === null) return missing(`there is no folder ${directory}`);
    if (!path.isDirectory()) return missing(`${directory} is a file`);
    const { code } = error as NodeJS.ErrnoException;
    return missing(`${directory} holds no ${deployedFiles.manifest}${code === 'ENOENT' ? '' : ` that can be read (${code})`}`);
  }
  const broken = (why: string): Outcome<never> =>
    fail({
      code: 'manifest-invalid',
      stage: 'run',
      message: `${join(directory, deployedFiles.manifest)} ${why}; write ${basename(directory)} anew with \`loopsmith compile\``,
    });
  let manifest: Partial<DeployedManifest> & { readonly v?: unknown };
  try { manifest = JSON.parse(text) as typeof manifest; } catch { return broken('is no JSON'); }
  const { v, target, threads, inputs, outputs, ...rest } = manifest ?? {};
  if (v !== 1 || typeof target !== 'string' || typeof threads !== 'number' || !Array.isArray(inputs) || !Array.isArray(outputs)) return broken('is no manifest of version 1');
  return succeed({ ...rest, target, threads, inputs, outputs });
};
