/** clang and LLVM's linker as the compiler of code objects, without any file of ROCm: the words of HIP are in `native/hip_device.h`. Starts programs only. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programVersion } from '@loopsmith/codegen-c-family';
import { compileByClang, gpuNativeDirectory, type CodeOptions, type DeviceCode } from '@loopsmith/codegen-gpu';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import { readCodeObject } from './code-object.js';

const clang = 'clang-19';
const linker = 'ld.lld-19';
export const install = 'apt-get install clang-19 lld-19';
const nativeDirectory = fileURLToPath(new URL('../native/', import.meta.url));

/** Versions of compiler and linker, or what to install. */
export const findCompiler = async (): Promise<Outcome<string>> => {
  const [compiler, linking] = await Promise.all([programVersion(clang), linkerVersion()]);
  if (compiler === null)
    return fail({
      code: 'compiler-missing',
      stage: 'build',
      message: `${clang} is not here to compile kernels for AMD's GPUs; install it (Debian: ${install})`,
    });
  if (linking === null)
    return fail({
      code: 'compiler-missing',
      stage: 'build',
      message: `${clang} is here, but not ${linker}, which links code objects for AMD's GPUs; install it (Debian: ${install})`,
    });
  return succeed(compiler);
};
/** It says `LLD 19.1.7`. */
const linkerVersion = (): Promise<string | null> => programVersion(linker);

/** What a schedule unrolls is unrolled in the text: where clang unrolls the loops around that too, it loads all of them at once and spills. */
const flags = (architecture: string): readonly string[] => [
  '-x', 'hip', '--cuda-device-only', `--offload-arch=${architecture}`, '-nogpuinc', '-nogpulib', '-fdeclspec', '--no-gpu-bundle-output', '-O3', '-fno-unroll-loops', '-w',
  '-D__device__=__attribute__((device))', '-include', join(gpuNativeDirectory, 'gpu_math.h'), '-include', join(nativeDirectory, 'hip_device.h'),
];

/** One code object per text. */
export const compileHip = async (architecture: string, texts: readonly string[], { signal }: Pick<CodeOptions, 'signal'>): Promise<readonly Outcome<DeviceCode>[]> => {
  const built = await compileByClang(texts, { name: clang, architecture, remedy: `install it with: ${install}`, flags: flags(architecture), signal });
  return built.map((one) => (one.ok ? succeed({ images: [one.value], resources: readCodeObject(one.value).resources }) : one));
};
