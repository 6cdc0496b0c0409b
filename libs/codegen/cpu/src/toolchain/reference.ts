/** References as shared objects: the unscheduled definition in double, by the toolchain of the kernels it judges. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cutShort, referenceSource, runProcess } from '@loopsmith/codegen-c-family';
import type { Definition } from '@loopsmith/ir';
import { builtOnce } from '@loopsmith/runtime';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import type { Toolchain } from './toolchain.js';

/**
 * A search computes references before it measures anything: rows of sums become vectors, and every sum adds up as it is written, product by
 * product, rounded twice. What else gcc finds at `-O2` takes longer to look for than it saves.
 */
const optimised = ['-O1', '-ftree-vectorize', '-ffp-contract=off'] as const;

/** The plain reference of a definition as a shared object, built once per text and flags. */
export const compileReference = async (
  { compiler, machine, referenceFlags = [] }: Pick<Toolchain, 'compiler' | 'machine' | 'referenceFlags'>, definition: Definition, directory: string,
): Promise<Outcome<string>> => {
  const source = referenceSource(definition), flags = [...machine, ...optimised, ...referenceFlags], name = `reference-${shortHash([compiler, ...flags, source].join('\n'))}`;
  return builtOnce(join(directory, `${name}.so`), async (folder) => {
    const unit = join(folder, 'reference.c'), made = join(folder, 'reference.so');
    await writeFile(unit, source);
    const built = await runProcess({
      command: compiler, arguments: [...flags, '-std=gnu11', '-w', '-fPIC', '-shared', '-o', made, unit, '-lm'],
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
