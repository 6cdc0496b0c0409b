/**
 * The compilers that make device code of CUDA C: NVRTC, which gives cubins and says what a kernel takes, else clang, which gives
 * PTX and says nothing. Both are found, not brought: NVRTC on the system, or where `installNvrtc` puts it. Starts programs only.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programVersion, runProcess, type ProcessResult } from '@loopsmith/codegen-c-family';
import type { DeviceCode } from '@loopsmith/codegen-gpu';
import { buildNative } from '@loopsmith/runtime';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { resourcesOf } from './resources.js';

export interface CudaCompiler {
  /** `NVRTC 12.9`, `clang-19 (PTX only)`. */
  readonly version: string;
  /** One answer per text. `portable`: also PTX, which drivers of newer devices compile. */
  compile(architecture: string, texts: readonly string[], options: { readonly portable: boolean; readonly signal?: AbortSignal | undefined }): Promise<readonly Outcome<DeviceCode>[]>;
}

const nvrtcVersion = '12.9.86';
/** A virtual environment of Python: NVRTC comes from its package index as a wheel that holds the library and nothing to run. */
const environment = join(homedir(), '.cache', 'loopsmith', `nvrtc-${nvrtcVersion}`);
export const installNvrtc = `python3 -m venv ~/.cache/loopsmith/nvrtc-${nvrtcVersion} && ~/.cache/loopsmith/nvrtc-${nvrtcVersion}/bin/pip install nvidia-cuda-nvrtc-cu12==${nvrtcVersion}`;
const clang = 'clang-19';
const nativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** Version 12, because 13 makes no code for sm_61. The name alone lets the system look. */
export const nvrtcLibraries = (): readonly string[] => {
  const library = 'libnvrtc.so.12', packages = join(environment, 'lib');
  const installed = listed(packages).map((python) => join(packages, python, 'site-packages', 'nvidia', 'cuda_nvrtc', 'lib', library));
  return [...installed, library, `/usr/local/cuda/lib64/${library}`];
};
const listed = (folder: string): readonly string[] => { try { return readdirSync(folder).filter((name) => name.startsWith('python')); } catch { return []; } };

/** NVRTC, else clang, else what to install. */
export const findCompiler = async (libraries = nvrtcLibraries(), otherwise = clang): Promise<Outcome<CudaCompiler>> => {
  const nvrtc = await findNvrtc(libraries);
  if (nvrtc.ok) return nvrtc;
  const version = await programVersion(otherwise);
  if (version !== null) return succeed(clangCompiler(version));
  return fail({ code: 'compiler-missing', stage: 'build', message: `neither NVRTC nor ${otherwise} is here to compile CUDA C; install NVRTC with: ${installNvrtc}`, text: nvrtc.failure.message });
};

const findNvrtc = async (libraries: readonly string[]): Promise<Outcome<CudaCompiler>> => {
  const program = await buildNative({ name: 'nvrtc', sources: [join(nativeDirectory, 'nvrtc.c')], flags: ['-std=gnu11', '-O1', '-ldl'] }, join(tmpdir(), 'loopsmith-cuda'));
  if (!program.ok) return program;
  let said = '';
  for (const library of libraries) {
    const { code, text } = await runProcess({ command: program.value, arguments: [library], directory: tmpdir(), timeoutMs: 60_000, memoryBytes, signal: undefined });
    if (code === 0) return succeed(nvrtcCompiler(program.value, library, text.trim()));
    said = text.trim();
  }
  return fail({ code: 'compiler-missing', stage: 'build', message: said });
};

const memoryBytes = 8 * 2 ** 30, timeoutMs = 600_000;

const nvrtcCompiler = (program: string, library: string, version: string): CudaCompiler => ({
  version: `NVRTC ${version}`,
  compile: (architecture, texts, { portable, signal }) => inScratch(texts, async (directory, bases) => {
    const run = (as: string): Promise<ProcessResult> => runProcess({ command: program, arguments: [library, as, ...bases], directory, timeoutMs, memoryBytes, signal });
    const compiled = [await run(architecture), ...(portable ? [await run(architecture.replace('sm_', 'compute_'))] : [])];
    return Promise.all(bases.map(async (base): Promise<Outcome<DeviceCode>> => {
      const failed = compiled.findIndex(({ code, text }) => code !== 0 || !text.split('\n').includes(`ok ${base}`));
      const read = (ending: string): Promise<Buffer> => readFile(join(directory, `${base}${ending}`));
      if (failed >= 0) return refused('NVRTC', architecture, compiled[failed]!, compiled[failed]!.code === 0 ? (await read(failed === 0 ? '.log' : '.ptx.log')).toString() : null);
      return succeed({ images: await Promise.all(['.cubin', ...(portable ? ['.ptx'] : [])].map(read)), resources: resourcesOf((await read('.log')).toString()) });
    }));
  }),
});

/** PTX is for every driver, and clang tells nothing of registers: its code has one image and no figures. */
export const clangCompiler = (version: string): CudaCompiler => ({
  version: `${version}, PTX only`,
  compile: (architecture, texts, { signal }) => inScratch(texts, (directory, bases) => Promise.all(bases.map(async (base): Promise<Outcome<DeviceCode>> => {
    const flags = ['-x', 'cuda', '--cuda-device-only', `--cuda-gpu-arch=${architecture}`, '-nocudainc', '-nocudalib', '-O3', '-S', '-include', join(nativeDirectory, 'cuda_declarations.h')];
    const built = await runProcess({ command: clang, arguments: [...flags, '-o', `${base}.ptx`, `${base}.cu`], directory, timeoutMs, memoryBytes, signal });
    if (built.code !== 0) return refused(clang, architecture, built, built.text, `; ${clang} lacks NVIDIA's mathematical functions, so where the kernels use such, install NVRTC with: ${installNvrtc}`);
    return succeed({ images: [await readFile(join(directory, `${base}.ptx`))] });
  }))),
});

const refused = (compiler: string, architecture: string, { end, text }: ProcessResult, log: string | null, hint = ''): Outcome<never> => {
  switch (end) {
    case 'aborted': return fail({ code: 'cancelled', stage: 'build', message: `compiling kernels for ${architecture} was cancelled` });
    case 'timeout': return fail({ code: 'build-timeout', stage: 'build', message: `${compiler} had not compiled the kernels for ${architecture} after ${timeoutMs / 1000} s; unroll less` });
    case 'missing': return fail({ code: 'compiler-missing', stage: 'build', message: `${compiler} is not here any more; install NVRTC with: ${installNvrtc}` });
    case 'exit': case 'signal': return fail({ code: 'build-failed', stage: 'build', message: `${compiler} could not compile the kernels for ${architecture}; its words are in the text of this failure${hint}`, text: log ?? text });
    default: return end satisfies never;
  }
};

/** The texts as files of a folder that is gone afterwards. */
const inScratch = async <T>(texts: readonly string[], work: (directory: string, bases: readonly string[]) => Promise<T>): Promise<T> => {
  const directory = await mkdtemp(join(tmpdir(), 'loopsmith-cuda-'));
  try {
    const bases = texts.map((_, i) => `kernels-${i}`);
    await Promise.all(bases.map((base, i) => writeFile(join(directory, `${base}.cu`), texts[i]!)));
    return await work(directory, bases);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
