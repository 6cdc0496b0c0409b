/**
 * A compiled folder through its own `run` program, one process per run, values as .npy files: for folders that this process
 * cannot load, because an emulator or a driver of its own stands between. Times of it say nothing of the library.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FigureKind, Session } from '@loopsmith/contracts';
import type { TensorData } from '@loopsmith/ir';
import { readNpy, writeNpy } from '@loopsmith/npy';
import { fail, FailureError, succeed, unwrap, type Outcome } from '@loopsmith/util';
import { deployedFiles } from './deployed.js';
import { readManifest } from './folder.js';

export interface ProgramRunner {
  readonly kind: FigureKind;
  /** As `Session.how`. */
  readonly how: string;
  /** What starts the program: an emulator and its options. Empty: the program itself. */
  readonly command: readonly string[];
}

/** Of one run: an emulator takes its time. */
const timeoutMs = 600_000;

/** `threads` 0: the number the library was compiled for. */
export const openProgramSession = async (directory: string, threads: number, runner: ProgramRunner): Promise<Outcome<Session>> => {
  const manifest = await readManifest(directory);
  if (!manifest.ok) return manifest;
  const { inputs, outputs, threads: compiled } = manifest.value;
  const files = outputs.map(({ name }) => `${fileName(name)}.npy`);
  const twin = files.findIndex((file, i) => files.indexOf(file) !== i);
  if (twin >= 0)
    return fail({
      code: 'output-names',
      stage: 'run',
      message: `outputs ${outputs[files.indexOf(files[twin]!)]!.name} and ${outputs[twin]!.name} of ${directory} would be the same file ${files[twin]}; rename one in the model`,
    });
  const halves = [...inputs, ...outputs].find(({ dtype }) => dtype === 'bf16');
  if (halves) return fail({ code: 'dtype-unsupported', stage: 'run', message: `${halves.name} is bf16, which .npy files cannot hold; let the model take and give float32` });

  const run = async (feeds: ReadonlyMap<string, TensorData>): Promise<ReadonlyMap<string, TensorData>> => {
    const folder = await mkdtemp(join(tmpdir(), 'loopsmith-run-'));
    try {
      const options: string[] = [];
      for (const [i, { name }] of inputs.entries()) {
        const { dtype, shape, values } = feeds.get(name)!, path = join(folder, `input_${i}.npy`);
        if (dtype === 'bf16') throw new Error(`${name} is bf16, which was refused when the session was opened`);
        await writeFile(path, writeNpy({ dtype, shape, values }));
        options.push('--input', `${name}=${path}`);
      }
      const results = join(folder, 'outputs');
      await start(
        [
          ...runner.command,
          join(directory, deployedFiles.program),
          ...options,
          '--output-dir',
          results,
          ...(threads === 0 ? [] : ['--threads', String(threads)]),
        ],
        runner,
      );
      const entries = outputs.map(async ({ name, dtype, shape }, i): Promise<readonly [string, TensorData]> => {
        const array = unwrap(readNpy(await readFile(join(results, files[i]!)), files[i]));
        return [name, { dtype, shape, values: array.values }];
      });
      return new Map(await Promise.all(entries));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return succeed({ kind: runner.kind, how: runner.how, threads: threads === 0 ? compiled : threads, inputs, outputs, run, close: () => Promise.resolve() });
};

/** As run_main.c names the file of an output: every byte but letters, digits, dot, dash and underscore becomes an underscore. */
const fileName = (name: string): string => Array.from(new TextEncoder().encode(name), (byte) => String.fromCharCode(byte)).join('').replaceAll(/[^A-Za-z0-9._-]/g, '_');

const start = ([command, ...rest]: readonly string[], { how }: ProgramRunner): Promise<void> => new Promise((resolve, reject) => {
  const child = spawn(command!, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
  // spawn's own timeout keeps its timer when the program cannot be started
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => { complaints += text; });
  const end = (trouble: string | null): void => {
    clearTimeout(timer);
    if (trouble === null) resolve();
    else
      reject(
        new FailureError({
          code: 'run-failed',
          stage: 'run',
          message: `the run program ${trouble} under ${how}: ${complaints.trim().split('\n')[0] || 'it said nothing'}`,
          text: complaints,
        }),
      );
  };
  child.on('error', (error) => { complaints += error.message; end('did not start'); });
  child.on('close', (code, signal) => end(code === 0 ? null : signal === null ? `ended with status ${code}` : `was ended by ${signal}`));
});
