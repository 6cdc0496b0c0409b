/** References as shared objects: the unscheduled definition in double, by the toolchain of the kernels it judges. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cutShort, referenceSource, runProcess } from '@loopsmith/codegen-c-family';
import type { Definition } from '@loopsmith/ir';
import { builtOnce } from '@loopsmith/runtime';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import type { Toolchain } from './toolchain.js';

/** The plain reference of a definition as a shared object, built once per text. Not vectorized: it is the truth, not a rival. */
export const compileReference = async ({ compiler, machine }: Pick<Toolchain, 'compiler' | 'machine'>, definition: Definition, directory: string): Promise<Outcome<string>> => {
  const source = referenceSource(definition), name = `reference-${shortHash([compiler, ...machine, source].join('\n'))}`;
  return builtOnce(join(directory, `${name}.so`), async (folder) => {
    const unit = join(folder, 'reference.c'), made = join(folder, 'reference.so');
    await writeFile(unit, source);
    const built = await runProcess({
      command: compiler, arguments: [...machine, '-O2', '-std=gnu11', '-w', '-fPIC', '-shared', '-o', made, unit, '-lm'],
      directory: folder, timeoutMs: 60_000, memoryBytes: 4 * 2 ** 30, signal: undefined,
    });
    if (built.code !== 0) {
      const why = cutShort(built), what = `${compiler} could not compile the reference of ${definition.name}`;
      return why === null
        ? fail({ code: 'reference-failed', stage: 'build', message: `${what}; its words are in the text of this failure`, text: built.text })
        : fail({ code: 'build-cut-short', stage: 'build', message: `${what}: ${why}`, text: built.text });
    }
    return succeed(made);
  });
};
