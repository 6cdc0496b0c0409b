/** clang as a compiler of kernels for GPUs: a process per text, as many at a time as there are CPUs, in a folder that is gone afterwards. Knows no architecture and no vendor. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProcess, type ProcessResult } from '@loopsmith/codegen-c-family';
import { fail, succeed, type Outcome } from '@loopsmith/util';

export interface ClangRequest {
  /** `clang-19`. */
  readonly compiler: string;
  /** Language and architecture among them. */
  readonly flags: readonly string[];
  /** For messages: the command that brings the compiler, and what it compiles for. */
  readonly install: string;
  readonly architecture: string;
  readonly signal?: AbortSignal | undefined;
}

const memoryBytes = 8 * 2 ** 30, timeoutMs = 600_000;

/** What clang makes of each text. A text that it refuses costs only itself. */
export const compileByClang = async (texts: readonly string[], request: ClangRequest): Promise<readonly Outcome<Uint8Array>[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'loopsmith-clang-'));
  try {
    const built: Outcome<Uint8Array>[] = [], waiting = texts.entries();
    const compileWaiting = async (): Promise<void> => {
      for (const [i, text] of waiting) {
        const source = `kernels-${i}.txt`, image = `kernels-${i}.image`;
        await writeFile(join(directory, source), text);
        const result = await runProcess({ command: request.compiler, arguments: [...request.flags, '-o', image, source], directory, timeoutMs, memoryBytes, signal: request.signal });
        built[i] = result.code === 0 ? succeed(new Uint8Array(await readFile(join(directory, image)))) : refused(request, result);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, compileWaiting));
    return built;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

const refused = ({ compiler, architecture, install }: ClangRequest, { end, text }: ProcessResult): Outcome<never> => {
  switch (end) {
    case 'aborted': return fail({ code: 'cancelled', stage: 'build', message: `compiling kernels for ${architecture} was cancelled` });
    case 'timeout': return fail({ code: 'build-timeout', stage: 'build', message: `${compiler} had not compiled the kernels for ${architecture} after ${timeoutMs / 1000} s; unroll less` });
    case 'missing': return fail({ code: 'compiler-missing', stage: 'build', message: `${compiler} is not here any more; install it with: ${install}` });
    case 'exit': case 'signal': return fail({ code: 'build-failed', stage: 'build', message: `${compiler} could not compile the kernels for ${architecture}; its words are in the text of this failure`, text });
    default: return end satisfies never;
  }
};
