/**
 * The C sources that ship with this library, and building programs of them once per content. Knows nothing of kernels: the
 * toolchain of a hardware plugin compiles those.
 */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import { builtOnce } from './built-once.js';
import { deployedFiles } from './deployed.js';

/** Folder of the C sources and headers: `pool.c`, `loopsmith.h`, `loopsmith_runtime.c`, `run_main.c`, `npy.c`, `harness/`. */
export const nativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** Sources of the generic runtime, to be compiled together with a generated `network.c` and the kernels. */
export const runtimeSources = ['pool.c', 'loopsmith_library.c', 'loopsmith_runtime.c'].map((file) => join(nativeDirectory, file));
/** What every compiled library has of it, whatever runs its kernels. */
export const librarySources = [join(nativeDirectory, 'loopsmith_library.c')];
/** Sources of the `run` program, to be linked against a deployed library. */
export const runProgramSources = ['run_main.c', 'npy.c'].map((file) => join(nativeDirectory, file));

/** Flags that a deployed library is linked with; network.c and `runtimeSources` are compiled for the baseline instruction set, kernels for theirs. */
export const libraryFlags: readonly string[] = [
  '-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', '-shared',
  `-Wl,-soname,${deployedFiles.library}`,
  `-I${nativeDirectory}`,
  '-pthread',
  '-lm',
];
/** Flags for `run`, linked against the library beside it so that the folder can be moved. */
export const runProgramFlags: readonly string[] = ['-std=gnu11', '-O2', `-I${nativeDirectory}`, '-Wl,-rpath,$ORIGIN'];

interface NativeProgram {
  readonly name: string;
  /** Absolute paths of .c files; every header beside them and in `nativeDirectory` counts as part of them. */
  readonly sources: readonly string[];
  readonly flags: readonly string[];
}

const run = (command: string, commandArguments: readonly string[]): Promise<Outcome<string>> =>
  new Promise((resolve) => {
    execFile(command, [...commandArguments], { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) { resolve(succeed(stdout)); return; }
      const missing = 'code' in error && (error.code as unknown) === 'ENOENT';
      resolve(
        fail({
          code: 'build-failed',
          stage: 'build',
          text: stderr === '' ? error.message : stderr,
          message: missing
            ? `the C compiler '${command}' is not installed or not on PATH; install gcc or name another compiler`
            : `${command} cannot build ${basename(commandArguments[1] ?? '')}; its own words are in the text of this failure`,
        }),
      );
    });
  });

const headersBeside = async (sources: readonly string[]): Promise<readonly string[]> => {
  const folders = new Set([nativeDirectory, ...sources.map((source) => join(source, '..'))]);
  const lists = await Promise.all([...folders].map(async (folder) => (await readdir(folder)).filter((file) => file.endsWith('.h')).map((file) => join(folder, file))));
  return lists.flat().sort();
};

/** Builds the program into `directory` unless the same sources, flags and compiler have been built there before, for the same processor. Answers its path. */
export const buildNative = async (program: NativeProgram, directory: string, compiler = 'gcc'): Promise<Outcome<string>> => {
  const version = await run(compiler, ['--version']);
  if (!version.ok) return version;
  const files = [...program.sources, ...(await headersBeside(program.sources))];
  const contents = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  const path = join(directory, `${program.name}-${shortHash([process.arch, version.value, program.flags.join(' '), ...contents].join('\0'))}`);
  return builtOnce(path, async (folder) => {
    const made = join(folder, program.name), built = await run(compiler, ['-o', made, ...program.sources, ...program.flags]);
    if (built.ok) return succeed(made);
    // no fault of the sources, whose name the words of the linker would send the reader to
    if (!/No space left on device|Disk quota exceeded/.test(built.failure.text ?? '')) return built;
    const full = `the disk of ${directory} or of ${tmpdir()} is full; make room there, or set TMPDIR to a folder that has some`;
    return fail({ ...built.failure, code: 'build-cut-short', message: `${compiler} cannot build ${program.name}: ${full}` });
  });
};

/**
 * The harness of this library, ready to be started; `machine`: what the compiler is told of the processor it is for. It lies in the first
 * of the folders that runs programs, which one mounted `noexec` does not.
 */
export const buildHarness = async ([directory, ...others]: readonly string[], compiler?: string, machine: readonly string[] = []): Promise<Outcome<string>> => {
  const folder = join(nativeDirectory, 'harness');
  const sources = (await readdir(folder)).filter((file) => file.endsWith('.c')).sort().map((file) => join(folder, file));
  const built = await buildNative(
    { name: 'harness', sources: [...sources, join(nativeDirectory, 'pool.c')], flags: [...machine, '-std=gnu11', '-O2', '-pthread', '-ldl', '-lm'] },
    directory!,
    compiler,
  );
  if (!built.ok || others.length === 0) return built;
  try { await access(built.value, constants.X_OK); } catch { return buildHarness(others, compiler, machine); }
  return built;
};
