/**
 * Many prepared cases to folders that a session opens, with few compilers: the kernels of all of them are one translation
 * unit, the runtime is compiled once, and only tables are compiled case by case. The shipped way, one folder at a time, is
 * `HardwarePlugin.package`; the objects are the same.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isas } from '@loopsmith/codegen-x86-avx';
import { gccFlags, runProcess } from '@loopsmith/codegen-c-family';
import type { Target } from '@loopsmith/contracts';
import { deployedFiles, libraryFlags, nativeDirectory, runtimeSources } from '@loopsmith/runtime';
import { fail, succeed, type Outcome } from '@loopsmith/util';
import type { PreparedCase } from './prepare-case.js';

export type BuiltCase = Outcome<{ readonly prepared: PreparedCase; readonly directory: string }>;

/** In the order of the cases; one that gcc refuses costs only itself. */
export const buildCases = async (prepared: readonly PreparedCase[], target: Target, scratch: string): Promise<readonly BuiltCase[]> => {
  const runtime = await compileRuntime(scratch);
  return runtime.ok ? buildShare(prepared, target, scratch, runtime.value) : prepared.map(() => runtime);
};

const gcc = async (scratch: string, ...words: readonly string[]): Promise<Outcome<null>> => {
  const { code, text } = await runProcess({ command: 'gcc', arguments: words, directory: scratch, timeoutMs: 120_000, memoryBytes: 4 * 2 ** 30 });
  return code === 0 ? succeed(null) : fail({ code: 'build-failed', stage: 'build', message: `gcc failed: ${text.slice(0, 2000)}`, text });
};

const compileRuntime = async (scratch: string): Promise<Outcome<readonly string[]>> => {
  const objects = runtimeSources.map((source) => `${basename(source, '.c')}.o`);
  if (objects.every((object) => existsSync(join(scratch, object)))) return succeed(objects);
  const made = await gcc(scratch, '-c', '-std=gnu11', '-O2', '-fPIC', '-fvisibility=hidden', `-I${nativeDirectory}`, ...runtimeSources);
  return made.ok ? succeed(objects) : made;
};

let units = 0;

const buildShare = async (prepared: readonly PreparedCase[], target: Target, scratch: string, runtime: readonly string[]): Promise<readonly BuiltCase[]> => {
  const unit = `kernels-${++units}`, { flags } = isas.find(({ name }) => name === target.isa)!;
  writeFileSync(join(scratch, `${unit}.c`), prepared.flatMap(({ sources }) => sources).join('\n'));
  const kernels = await gcc(scratch, ...gccFlags(flags), '-c', '-o', `${unit}.o`, `${unit}.c`);
  if (!kernels.ok && prepared.length > 1) {
    const middle = Math.floor(prepared.length / 2);
    return [...await buildShare(prepared.slice(0, middle), target, scratch, runtime), ...await buildShare(prepared.slice(middle), target, scratch, runtime)];
  }
  if (!kernels.ok) return [kernels];
  const built: BuiltCase[] = [];
  for (const each of prepared) {
    const directory = join(scratch, `case-${++units}`);
    mkdirSync(directory);
    writeFileSync(join(directory, 'network.c'), each.parts.source);
    writeFileSync(join(directory, deployedFiles.weights), Buffer.concat(each.parts.weights));
    const linked = await gcc(scratch, join(directory, 'network.c'), `${unit}.o`, ...runtime, '-o', join(directory, deployedFiles.library), ...libraryFlags);
    built.push(linked.ok ? succeed({ prepared: each, directory }) : linked);
  }
  return built;
};
