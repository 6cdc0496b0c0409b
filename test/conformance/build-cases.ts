/**
 * Many prepared cases to folders that a session opens, with few compilers: the kernels of all of them, equal ones once, are as many translation
 * units as compilers may run, the runtime is compiled once, and only tables are compiled case by case. The shipped way, one folder at a time, is
 * `HardwarePlugin.package`; the objects are the same.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { isas } from '@loopsmith/codegen-x86-avx';
import { kernelFlagsOf } from '@loopsmith/codegen-cpu';
import { runProcess } from '@loopsmith/codegen-c-family';
import type { Target } from '@loopsmith/contracts';
import { deployedFiles, libraryFlags, nativeDirectory, runtimeSources } from '@loopsmith/runtime';
import { fail, succeed, unwrap, type Outcome } from '@loopsmith/util';
import type { PreparedCase } from './prepare-case.js';

/** What is built of a case. */
export type Buildable = Pick<PreparedCase, 'parts' | 'sources'> & { readonly one: { readonly name: string } };
export type BuiltCase = Outcome<{ readonly prepared: Buildable; readonly directory: string }>;

export interface BuildPlace {
  readonly target: Target;
  readonly scratch: string;
  /** Told the case that is about to be compiled, or the first of several. */
  readonly starting: (name: string) => void;
  /** Of one compiler, milliseconds. A batch of cases takes a few seconds; who needs longer than this is found by halving. */
  readonly limitMs?: number;
  /** Objects that `compileRuntime` made, absolute paths; compiled into `scratch` where absent. */
  readonly runtime?: readonly string[];
  /** At a time; one for each core when absent. */
  readonly compilers?: number;
}

/** In the order of the cases; one that gcc refuses, or is not done with in time, costs only itself. */
export const buildCases = async (prepared: readonly Buildable[], place: BuildPlace): Promise<readonly BuiltCase[]> => {
  const runtime = place.runtime ? succeed(place.runtime) : await compileRuntime(place.scratch);
  return runtime.ok ? buildShare(prepared, place, runtime.value) : prepared.map(() => runtime);
};

const gcc = async ({ scratch, limitMs = 60_000 }: Pick<BuildPlace, 'scratch' | 'limitMs'>, ...words: readonly string[]): Promise<Outcome<null>> => {
  const { code, end, text } = await runProcess({ command: 'gcc', arguments: words, directory: scratch, timeoutMs: limitMs, memoryBytes: 4 * 2 ** 30 });
  return code === 0 ? succeed(null) : fail({ code: 'build-failed', stage: 'build', message: end === 'timeout' ? `gcc was not done after ${limitMs / 1000} s` : `gcc failed: ${text.slice(0, 2000)}`, text });
};

/** The runtime's objects, which are the same for all cases; in `scratch`, absolute paths. */
export const compileRuntime = async (scratch: string): Promise<Outcome<readonly string[]>> => {
  const made = await gcc({ scratch }, '-c', '-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', `-I${nativeDirectory}`, ...runtimeSources);
  return made.ok ? succeed(runtimeSources.map((source) => join(scratch, `${basename(source, '.c')}.o`))) : made;
};

let units = 0;

const buildShare = async (prepared: readonly Buildable[], place: BuildPlace, runtime: readonly string[]): Promise<readonly BuiltCase[]> => {
  const { scratch, starting } = place;
  starting(prepared[0]!.one.name);
  const kernels = await compileKernels([...new Set(prepared.flatMap(({ sources }) => sources))], place);
  if (!kernels.ok && prepared.length > 1) {
    const middle = Math.floor(prepared.length / 2);
    return [...await buildShare(prepared.slice(0, middle), place, runtime), ...await buildShare(prepared.slice(middle), place, runtime)];
  }
  if (!kernels.ok) return [kernels];
  const built: BuiltCase[] = [];
  for (const each of prepared) {
    starting(each.one.name);
    const directory = join(scratch, `case-${++units}`);
    mkdirSync(directory);
    writeFileSync(join(directory, 'network.c'), each.parts.source);
    writeFileSync(join(directory, deployedFiles.weights), Buffer.concat(each.parts.weights));
    const linked = await gcc(place, join(directory, 'network.c'), ...kernels.value, ...runtime, '-o', join(directory, deployedFiles.library), ...libraryFlags);
    built.push(linked.ok ? succeed({ prepared: each, directory }) : linked);
  }
  return built;
};

/** The objects of the kernels, in `scratch`: each of the compilers gets texts until it has its share of them all. */
const compileKernels = async (sources: readonly string[], place: BuildPlace): Promise<Outcome<readonly string[]>> => {
  const { target, scratch, compilers = availableParallelism() } = place, { toolchain } = isas.find(({ name }) => name === target.isa)!;
  const share = sources.reduce((sum, { length }) => sum + length, 0) / compilers, shares: string[][] = [[]];
  let length = 0;
  for (const source of sources) {
    if (length >= share * shares.length) shares.push([]);
    shares.at(-1)!.push(source);
    length += source.length;
  }
  const objects = await Promise.all(shares.map(async (texts): Promise<Outcome<string>> => {
    const unit = `kernels-${++units}`;
    writeFileSync(join(scratch, `${unit}.c`), texts.join('\n'));
    const made = await gcc(place, ...kernelFlagsOf(toolchain), '-c', '-o', `${unit}.o`, `${unit}.c`);
    return made.ok ? succeed(`${unit}.o`) : made;
  }));
  const failed = objects.find((each) => !each.ok);
  return failed ?? succeed(objects.map(unwrap));
};
