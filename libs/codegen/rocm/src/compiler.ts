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

/** Versions of compiler and linker, both of which make a code object, or what to install. The programs by name. */
export const findCompiler = async (compiler = clang, linking = linker): Promise<Outcome<string>> => {
  const [compiles, links] = await Promise.all([compiler, linking].map(programVersion));
  if (!compiles)
    return fail({
      code: 'compiler-missing',
      stage: 'build',
      message: `${compiler} is not here to compile kernels for AMD's GPUs; install it (Debian: ${install})`,
    });
  if (!links)
    return fail({
      code: 'compiler-missing',
      stage: 'build',
      message: `${compiler} is here, but not ${linking}, which links code objects for AMD's GPUs; install it (Debian: ${install})`,
    });
  return succeed(`${compiles}, ${links}`);
};

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
