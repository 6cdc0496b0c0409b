/** References as shared objects: the unscheduled definition in double, by the toolchain of the kernels it judges. */
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { referenceSource, runProcess } from '@loopsmith/codegen-c-family';
import type { Definition } from '@loopsmith/ir';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import type { Toolchain } from './toolchain.js';

/** The plain reference of a definition as a shared object, built once per text. Not vectorized: it is the truth, not a rival. */
export const compileReference = async ({ compiler, machine }: Pick<Toolchain, 'compiler' | 'machine'>, definition: Definition, directory: string): Promise<Outcome<string>> => {
  const source = referenceSource(definition), name = `reference-${shortHash([compiler, ...machine, source].join('\n'))}`;
  const path = join(directory, `${name}.so`);
  try { await access(path); return succeed(path); } catch { /* not built yet */ }
  await mkdir(directory, { recursive: true });
  const unit = join(directory, `${name}.${process.pid}`);
  await writeFile(`${unit}.c`, source);
  const built = await runProcess({
    command: compiler, arguments: [...machine, '-O2', '-std=gnu11', '-w', '-fPIC', '-shared', '-o', `${unit}.so`, `${unit}.c`, '-lm'],
    directory, timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, signal: undefined,
  });
  if (built.code !== 0) return fail({ code: 'reference-failed', stage: 'build', message: `${compiler} could not compile the reference of ${definition.name}; its words are in the text of this failure`, text: built.text });
  await rename(`${unit}.so`, path);
  return succeed(path);
};
