/**
 * The compilers that make device code of CUDA C: NVRTC, which gives cubins and says what a kernel takes, else clang, which gives
 * PTX and says nothing. Both are found, not brought: NVRTC on the system, or where `installNvrtc` puts it. Starts programs only.
 */
import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programVersion, runProcess, type ProcessResult } from '@loopsmith/codegen-c-family';
import { compileByClang, compilerFailure, compilerLimits, type DeviceCode, type KernelCompiler } from '@loopsmith/codegen-gpu';
import { buildNative, keptPrograms } from '@loopsmith/runtime';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { resourcesOf } from './resources.js';

export interface CudaCompiler {
  /** `NVRTC 12.9`, `clang-19 (PTX only)`. */
  readonly version: string;
  /** One answer per text. `portable`: also PTX, which drivers of newer devices compile. */
  compile(
    architecture: string,
    texts: readonly string[],
    options: { readonly portable: boolean; readonly signal?: AbortSignal | undefined },
  ): Promise<readonly Outcome<DeviceCode>[]>;
}

const nvrtcVersion = '12.9.86';
/**
 * A virtual environment of Python: NVRTC comes from its package index as a wheel that holds the library and nothing to run. Null for a user without a
 * home, for whom the system throws: who has none has installed nothing there.
 */
const environmentOf = (home: () => string): string | null => {
  try {
    const path = home();
    return isAbsolute(path) ? join(path, '.cache', 'loopsmith', `nvrtc-${nvrtcVersion}`) : null;
  } catch {
    return null;
  }
};
export const installNvrtc = `python3 -m venv ~/.cache/loopsmith/nvrtc-${nvrtcVersion} && ~/.cache/loopsmith/nvrtc-${nvrtcVersion}/bin/pip install nvidia-cuda-nvrtc-cu12==${nvrtcVersion}`;
const clang = 'clang-19';
const nativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** Version 12 first, because 13 makes no code for sm_61; whoever has CUDA 13 alone is served by that. A name without a folder lets the system look. */
export const nvrtcLibraries = (home: () => string = homedir): readonly string[] => {
  const environment = environmentOf(home), packages = join(environment ?? '', 'lib');
  const installed = (environment === null ? [] : listed(packages)).map((python) => join(packages, python, 'site-packages', 'nvidia', 'cuda_nvrtc', 'lib', 'libnvrtc.so.12'));
  return [...installed, ...['libnvrtc.so.12', 'libnvrtc.so.13'].flatMap((library) => [library, `/usr/local/cuda/lib64/${library}`])];
};
const listed = (folder: string): readonly string[] => { try { return readdirSync(folder).filter((name) => name.startsWith('python')); } catch { return []; } };

/** NVRTC, else clang, else what to install. */
export const findCompiler = async (libraries = nvrtcLibraries(), otherwise = clang): Promise<Outcome<CudaCompiler>> => {
  const found = await findNvrtc(libraries);
  if (found.ok) return found;
  const version = await programVersion(otherwise);
  if (version !== null) return succeed(clangCompiler(version));
  return fail({
    code: 'compiler-missing',
    stage: 'build',
    message: `neither NVRTC nor ${otherwise} is here to compile CUDA C; install NVRTC with: ${installNvrtc}`,
    text: found.failure.message,
  });
};

const findNvrtc = async (libraries: readonly string[]): Promise<Outcome<CudaCompiler>> => {
  const place = keptPrograms('cuda');
  if (!place.ok) return place;
  const program = await buildNative({ name: 'nvrtc', sources: [join(nativeDirectory, 'nvrtc.c')], flags: ['-std=gnu11', '-O1', '-ldl'] }, place.value);
  if (!program.ok) return program;
  let said = '';
  for (const library of libraries) {
    const { code, text } = await runProcess({ command: program.value, arguments: [library], directory: tmpdir(), ...compilerLimits, timeoutMs: 60_000, signal: undefined });
    if (code === 0) { const [version = '', ...architectures] = text.trim().split(' '); return succeed(nvrtcCompiler(program.value, library, version, architectures)); }
    said = text.trim();
  }
  return fail({ code: 'compiler-missing', stage: 'build', message: said });
};

/** `architectures`: those that it makes code for; none where it does not tell. */
const nvrtcCompiler = (program: string, library: string, version: string, architectures: readonly string[]): CudaCompiler => ({
  version: `NVRTC ${version}`,
  compile: (architecture, texts, { portable, signal }) =>
    architectures.length > 0 && !architectures.includes(architecture)
      ? Promise.resolve(
          texts.map(() =>
            fail({
              code: 'compiler-missing',
              stage: 'build',
              message: `NVRTC ${version} makes no code for ${architecture}, only for ${architectures.join(', ')}; install one that does with: ${installNvrtc}`,
            }),
          ),
        )
      : inScratch(texts, async (directory, bases) => {
          /** As many processes as there are CPUs, each a share of the texts. Answers the process of every text. */
          const run = async (as: string): Promise<readonly ProcessResult[]> => {
            const shares = Math.min(bases.length, availableParallelism());
            const ended = await Promise.all(
              Array.from({ length: shares }, (_, share) =>
                runProcess({
                  command: program,
                  arguments: [library, as, ...bases.filter((_base, i) => i % shares === share)],
                  directory,
                  ...compilerLimits,
                  signal,
                }),
              ),
            );
            return bases.map((_, i) => ended[i % shares]!);
          };
          const ran = await Promise.all([architecture, ...(portable ? [architecture.replace('sm_', 'compute_')] : [])].map(run));
          return Promise.all(
            bases.map(async (base, i): Promise<Outcome<DeviceCode>> => {
              const compiled = ran.map((of) => of[i]!);
              const failed = compiled.findIndex(({ code, text }) => code !== 0 || !text.split('\n').includes(`ok ${base}`));
              const read = (ending: string): Promise<Buffer> => readFile(join(directory, `${base}${ending}`));
              if (failed >= 0)
                return compilerFailure(
                  nvrtc(architecture),
                  compiled[failed]!,
                  compiled[failed]!.code === 0 ? (await read(failed === 0 ? '.log' : '.ptx.log')).toString() : compiled[failed]!.text,
                );
              return succeed({
                images: await Promise.all(['.cubin', ...(portable ? ['.ptx'] : [])].map(read)),
                resources: resourcesOf((await read('.log')).toString()),
              });
            }),
          );
        }),
});

/** PTX is for every driver, and clang tells nothing of registers: its code has one image and no figures. */
export const clangCompiler = (version: string): CudaCompiler => ({
  version: `${version}, PTX only`,
  compile: async (architecture, texts, { signal }) => {
    const built = await compileByClang(texts, {
      ...nvrtc(architecture),
      name: clang,
      hint: `${clang} lacks NVIDIA's mathematical functions, so where the kernels use such, install NVRTC with: ${installNvrtc}`,
      signal,
      flags: [
        '-x',
        'cuda',
        '--cuda-device-only',
        `--cuda-gpu-arch=${architecture}`,
        '-nocudainc', '-nocudalib', '-O3', '-S', '-include',
        join(nativeDirectory, 'cuda_declarations.h'),
      ],
    });
    return built.map((one) => (one.ok ? succeed({ images: [one.value] }) : one));
  },
});

const nvrtc = (architecture: string): KernelCompiler => ({ name: 'NVRTC', architecture, remedy: `install NVRTC with: ${installNvrtc}` });

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
