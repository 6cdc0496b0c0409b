/**
 * clang as a compiler of kernels for GPUs: a process per text, as many at a time as there are CPUs, in a folder that is gone afterwards; and what is
 * said of any such compiler that fails. Knows no architecture and no vendor.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { cutShort, runProcess, type ProcessResult } from '@loopsmith/codegen-c-family';
import { fail, succeed, type Outcome } from '@loopsmith/util';

/** For messages. */
export interface KernelCompiler {
  /** `clang-19`, `NVRTC`. */
  readonly name: string;
  readonly architecture: string;
  /** What to do where it is missing: `install it with: …`. */
  readonly remedy: string;
  /** Said behind a refusal. */
  readonly hint?: string;
}
export interface ClangRequest extends KernelCompiler {
  /** Language and architecture among them. */
  readonly flags: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** Of one run of a compiler of kernels. */
export const compilerLimits = { memoryBytes: 8 * 2 ** 30, timeoutMs: 600_000 } as const;

/** What clang makes of each text. A text that it refuses costs only itself. */
export const compileByClang = async (texts: readonly string[], request: ClangRequest): Promise<readonly Outcome<Uint8Array>[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'loopsmith-clang-'));
  try {
    const built: Outcome<Uint8Array>[] = [], waiting = texts.entries();
    const compileWaiting = async (): Promise<void> => {
      for (const [i, text] of waiting) {
        const source = `kernels-${i}.txt`, image = `kernels-${i}.image`;
        await writeFile(join(directory, source), text);
        const result = await runProcess({ command: request.name, arguments: [...request.flags, '-o', image, source], directory, ...compilerLimits, signal: request.signal });
        built[i] = result.code === 0 ? succeed(new Uint8Array(await readFile(join(directory, image)))) : compilerFailure(request, result, result.text);
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, compileWaiting));
    return built;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};

/** `text`: the compiler's own words. */
export const compilerFailure = ({ name, architecture, remedy, hint }: KernelCompiler, { end }: ProcessResult, text: string): Outcome<never> => {
  const why = end === 'exit' || end === 'signal' ? cutShort({ end, text }) : null;
  if (why !== null) return fail({ code: 'build-cut-short', stage: 'build', message: `${name} could not compile the kernels for ${architecture}: ${why}`, text });
  switch (end) {
    case 'aborted':
      return fail({ code: 'cancelled', stage: 'build', message: `compiling kernels for ${architecture} was cancelled` });
    case 'timeout':
      return fail({
        code: 'build-timeout',
        stage: 'build',
        message: `${name} had not compiled the kernels for ${architecture} after ${compilerLimits.timeoutMs / 1000} s; unroll less`,
      });
    case 'missing':
      return fail({ code: 'compiler-missing', stage: 'build', message: `${name} is not here any more; ${remedy}` });
    case 'exit':
    case 'signal':
      return fail({
        code: 'build-failed',
        stage: 'build',
        message: `${name} could not compile the kernels for ${architecture}; its words are in the text of this failure${hint === undefined ? '' : `; ${hint}`}`,
        text,
      });
    default:
      return end satisfies never;
  }
};
