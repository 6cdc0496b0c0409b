/** The frameworks' own exporters (../shared/tools), each in a virtual environment of Python that is made once. What they write is gone after the test. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository, shared } from '@loopsmith/testing';

export interface Maker { readonly script: string; readonly packages: readonly string[] }
export const mxnetMaker: Maker = { script: 'make-mxnet-models.py', packages: ['numpy<1.24', 'mxnet==1.9.1', 'onnx==1.14.1'] };

const run = (program: string, args: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? String(error)}: ${stderr.slice(-2000)}`);
};

/** Python with the maker's packages; they come from the package index that pip is set to. */
const pythonOf = ({ script, packages }: Maker): string => {
  const place = repository('node_modules', '.makers', script), python = join(place, 'bin', 'python'), done = join(place, 'installed');
  if (existsSync(done)) return python;
  rmSync(place, { recursive: true, force: true });
  run('python3', ['-m', 'venv', place]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...packages]);
  run(python, ['-c', `open(${JSON.stringify(done)}, 'w').close()`]);
  return python;
};

/** Writes `folder`/NAME with the model and its test vectors. */
export const makeModels = (maker: Maker, folder: string, ...names: readonly string[]): void => { run(pythonOf(maker), [shared('tools', maker.script), folder, ...names]); };
