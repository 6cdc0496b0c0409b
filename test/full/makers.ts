/** The frameworks' own exporters (../shared/tools), each with a Python that has what it needs. What they write is gone after the test. */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { repository, shared, type Need } from '@loopsmith/testing';

/** `packages` come from PyPI into a virtual environment that is made once; `modules` are Debian's (tools/setup.mjs --full brings them). */
export type Maker = { readonly script: string } & ({ readonly packages: readonly string[] } | { readonly modules: readonly string[] });
export const mxnetMaker: Maker = { script: 'make-mxnet-models.py', packages: ['numpy<1.24', 'mxnet==1.9.1', 'onnx==1.14.1'] };
export const tensorflowMaker: Maker = { script: 'make-tf-models.py', packages: ['tensorflow-cpu==2.21.0', 'onnx'] };
export const torchMaker: Maker = { script: 'make-torch-models.py', modules: ['torch', 'torchvision', 'onnx'] };

const debianPython = '/usr/bin/python3';

/** What a machine must have before a maker can run. */
export const needsOf = (maker: Maker): readonly Need[] => [
  { what: `the file ${shared('tools', maker.script)}`, met: existsSync(shared('tools', maker.script)) },
  'packages' in maker ? { what: 'Python with venv', met: spawnSync('python3', ['-c', 'import venv, ensurepip']).status === 0 }
    : { what: `Debian's python3 with ${maker.modules.join(', ')} (\`node tools/setup.mjs --full\` installs it)`, met: spawnSync(debianPython, ['-c', `import ${maker.modules.join(', ')}`]).status === 0 },
];

const run = (program: string, args: readonly string[]): void => {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status ?? String(error)}: ${stderr.slice(-2000)}`);
};

const pythonOf = (maker: Maker): string => {
  if (!('packages' in maker)) return debianPython;
  const place = repository('node_modules', '.makers', maker.script), python = join(place, 'bin', 'python'), done = join(place, 'installed');
  if (existsSync(done)) return python;
  rmSync(place, { recursive: true, force: true });
  run('python3', ['-m', 'venv', place]);
  run(python, ['-m', 'pip', 'install', '--quiet', ...maker.packages]);
  run(python, ['-c', `open(${JSON.stringify(done)}, 'w').close()`]);
  return python;
};

/** Writes `folder`/NAME with the model and its test vectors. */
export const makeModels = (maker: Maker, folder: string, ...names: readonly string[]): void => { run(pythonOf(maker), [shared('tools', maker.script), folder, ...names]); };
