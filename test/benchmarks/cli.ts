/** The program under measurement as a process: its wall time, its output, its peak memory. It ends with whoever measures it, however that ends. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repository } from '@loopsmith/testing';

const program = repository('apps', 'cli', 'bin', 'loopsmith.js');
/** What its first line gives Node where the system runs it. */
const flags = readFileSync(program, 'utf8').split('\n', 1)[0]!.split(' ').filter((word) => word.startsWith('--'));

export interface Finished { readonly out: string; readonly seconds: number; /** Of Node's own process, without the compilers it starts; so too the CPU time of all its threads. */ readonly peakBytes: number; readonly cpuSeconds: number }

/** Progress goes to standard error as it comes. Throws when the program fails. */
export const loopsmith = async (folder: string, ...args: readonly string[]): Promise<Finished> => {
  const scratch = mkdtempSync(join(tmpdir(), 'loopsmith-bench-')), peak = join(scratch, 'peak');
  try {
    const began = performance.now();
    const child = spawn(process.execPath, [...flags, '--import', fileURLToPath(new URL('peak-memory.js', import.meta.url)), program, ...args],
      // in a group of its own, for what a terminal sends to this one comes to it through the channel that this process leaves
      { cwd: folder, detached: true, stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: { ...process.env, LOOPSMITH_PEAK_FILE: peak } });
    let out = '';
    child.stdout!.setEncoding('utf8').on('data', (text: string) => { out += text; });
    const code = await new Promise<number | null>((resolve, reject) => { child.on('error', reject); child.on('close', resolve); });
    if (code !== 0) throw new Error(`loopsmith ${args.join(' ')} ended with ${code}`);
    return { out, seconds: (performance.now() - began) / 1000, ...JSON.parse(readFileSync(peak, 'utf8')) as Pick<Finished, 'peakBytes' | 'cpuSeconds'> };
  } finally {
    rmSync(scratch, { recursive: true });
  }
};
