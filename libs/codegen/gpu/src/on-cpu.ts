/**
 * CUDA C and HIP on this CPU, so that answers can be checked where there is no such GPU: kernels made C by a header
 * (`native/on_cpu/loopsmith_on_cpu.h`), and a library that stands in for the vendor's driver and runs them. What launches them is
 * the host's side as a GPU will meet it. It builds; whoever measures or verifies runs it and says that no GPU was there.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProcess } from '@loopsmith/codegen-c-family';
import { builtOnce, buildNative, type StandIn } from '@loopsmith/runtime';
import { fail, shortHash, succeed, type Outcome } from '@loopsmith/util';
import { gpuNativeDirectory, hostToolchain } from './host-toolchain.js';

/** How a vendor's kernels run on this CPU. */
export interface OnCpu {
  /** For people: `CUDA C`. */
  readonly language: string;
  /** The file of `native/on_cpu` that stands in for the vendor's library, and the name by which its driver file looks that up. */
  readonly standIn: { readonly source: string; readonly library: string };
  /** Threads that run in step. */
  readonly warp: number;
}

/** Folder of the C sources. */
export const onCpuDirectory = join(gpuNativeDirectory, 'on_cpu');

/** As `Session.how` and in the environment of modelled records. */
export const howOnCpu = ({ language }: OnCpu): string => `${language} on this CPU through a header, not on a GPU`;

/** What the text of kernels is given to gcc with. No contraction: a GPU rounds as it likes, and the tolerance knows. */
export const onCpuFlags = ({ warp }: Pick<OnCpu, 'warp'>): readonly string[] =>
  ['-std=gnu11', '-O2', '-w', '-fPIC', '-fvisibility=hidden', '-fno-strict-aliasing', `-DLOOPSMITH_WARP=${warp}`, `-I${onCpuDirectory}`, '-include', 'loopsmith_on_cpu.h'];

/** The text of kernels with an entry for each, by which it is run; lines keep their numbers. */
export const textOnCpu = (source: string): string => {
  const entries = [...source.matchAll(/^LOOPSMITH_KERNEL .*\bvoid (\w+)\((.*)\) \{$/gm)].map(([, name = '', parameters = '']) => {
    const count = parameters === '' ? 0 : parameters.split(',').length;
    return `__attribute__((visibility("default"))) const int ${name}_arguments = ${count};\n__attribute__((visibility("default"))) void ${name}_on_cpu(void *const *const *arguments) { ${name}(${Array.from({ length: count }, (_, i) => `*arguments[${i}]`).join(', ')}); }`;
  });
  return `#line 1 "kernels"\n${source}\n${entries.join('\n')}\n`;
};

/** The kernels of a text as a shared object that the stand-in loads, built once per content. */
export const kernelsOnCpu = async (onCpu: OnCpu, source: string, directory: string): Promise<Outcome<string>> => {
  const text = textOnCpu(source);
  return builtOnce(join(directory, `on-cpu-${shortHash(`${onCpu.warp} ${text}`)}.so`), async (folder) => {
    const unit = join(folder, 'kernels.c'), made = join(folder, 'kernels.so'), { compiler } = hostToolchain;
    await writeFile(unit, text);
    const built = await runProcess({
      command: compiler,
      arguments: [...onCpuFlags(onCpu), '-shared', '-o', made, unit, '-lm'],
      directory: folder,
      timeoutMs: 600_000,
      memoryBytes: 4 * 2 ** 30,
      signal: undefined,
    });
    if (built.code !== 0)
      return fail({
        code: 'build-failed',
        stage: 'build',
        message: `${compiler} could not build the kernels for this CPU; its words are in the text of this failure`,
        text: built.text,
      });
    return succeed(made);
  });
};

/** What a program is started under so that it finds the stand-in. `kernels`: the shared object of a folder's kernels, which do not carry themselves for the CPU. */
export const openOnCpu = async (onCpu: OnCpu, directory: string, kernels: string | null): Promise<Outcome<StandIn>> => {
  const { source, library } = onCpu.standIn;
  const built = await buildNative({
    name: library, sources: [source, 'modules.c', 'blocks.c'].map((file) => join(onCpuDirectory, file)),
    flags: ['-std=gnu11', '-O2', '-fPIC', '-shared', '-fvisibility=hidden', `-Wl,-soname,${library}`, '-ldl'],
  }, directory);
  if (!built.ok) return built;
  // loaded before the program looks for the vendor's library, it is found by its name
  return succeed({ how: howOnCpu(onCpu), command: ['env', `LD_PRELOAD=${built.value}`, ...(kernels === null ? [] : [`LOOPSMITH_ON_CPU=${kernels}`])], machine: [] });
};
